/** Ten minutes of schedulers that come and go: `npm run test:schedules -- --seed 7 --seconds 600`. */
import { parseArgs } from 'node:util';
import { seeded } from '../../support/chaos-tier.ts';
import { fidelity } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string', default: '600' },
  },
});

const say = (text: string) => void process.stdout.write(`${text}\n`);
say(`seed ${values.seed}: five schedulers for ${values.seconds} s`);
const report = await fidelity({ seconds: Number(values.seconds), random: seeded(Number(values.seed)), say });
say(JSON.stringify(report, null, 2));
const isLate = report.lateness.p99 > 1_100;
say(report.problems.length === 0 ? 'every time ended once' : 'times were lost or doubled');
if (isLate) say('lateness: the 99th percentile is over 1.1 s');
process.exitCode = report.problems.length === 0 && !isLate ? 0 : 1;
