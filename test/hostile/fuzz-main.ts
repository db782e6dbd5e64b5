/** The fuzz run at its full size: `npm run test:fuzz -- --seed 7 --inputs 1000000`. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { PARSERS } from './parsers.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    inputs: { type: 'string', default: '1000000' },
  },
});
const say = (text: string) => void process.stdout.write(`${text}\n`);
const seed = Number(values.seed);

say(`seed ${seed}`);
const report = fuzz({ seed, inputs: Number(values.inputs), parsers: PARSERS, say });
for (const problem of report.problems) say(problem);
say(`${report.inputs} inputs, ${report.refused} refused, ${report.problems.length} problems`);
process.exitCode = report.problems.length === 0 ? 0 : 1;
