/** `npm run test:fuzz -- --seed 7 --inputs 1000000 --only selectors,keys`: so many inputs for each parser. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { NOTHING, sumOf, tallyWords } from './batch.ts';
import { PARSERS } from './parsers/all.ts';
import { fuzz } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    inputs: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    workers: { type: 'string', default: String(Math.min(8, availableParallelism())) },
  },
});
const say = (text: string) => void process.stdout.write(`${text}\n`);
const only = values.only?.split(',');
const parsers = PARSERS.filter(({ name }) => only?.includes(name) ?? true);
const seed = Number(values.seed);

say(`seed ${seed}, ${values.inputs} inputs for each of ${parsers.length} parsers`);
say('parser                               inputs  refused  slowest');
const tallies = await fuzz({
  list: new URL('parsers/all.ts', import.meta.url).href,
  parsers,
  seed,
  inputs: Number(values.inputs),
  stretch: 1_000,
  workers: Number(values.workers),
  // A stretch of inputs that each take as long as is allowed, on a machine that is as busy as can be.
  patienceMs: 180_000,
  say,
});
const total = [...tallies.values()].reduce(sumOf, NOTHING);
say(tallyWords('all', total));
process.exitCode = total.findings.length === 0 ? 0 : 1;
