/** The hostile run at its full size: `npm run test:hostile -- --seed 7 --seconds 3600`. */
import { parseArgs } from 'node:util';
import { BEHAVIOURS } from './origins.ts';
import { hostile } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string', default: '3600' },
    only: { type: 'string' },
  },
});

const say = (text: string) => void process.stdout.write(`${text}\n`);
const [seed, seconds] = [Number(values.seed), Number(values.seconds)];
const wanted = values.only?.split(',');
const behaviours = BEHAVIOURS.filter(({ name }) => wanted === undefined || wanted.includes(name));
if (behaviours.length === 0) {
  throw new Error(
    `--only takes names, with commas between them: ${BEHAVIOURS.map(({ name }) => name).join(', ')}`,
  );
}

say(`seed ${seed}: ${behaviours.length} bad behaviours for ${seconds} s`);
const report = await hostile({ seed, seconds, behaviours, say });
say(JSON.stringify(report, null, 2));
say(report.problems.length === 0 ? 'all promises kept' : 'promises were broken');
process.exitCode = report.problems.length === 0 ? 0 : 1;
