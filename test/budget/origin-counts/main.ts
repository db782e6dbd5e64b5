/** Eight workers, killed one after the other for minutes: `npm run test:budget -- --seed 7 --seconds 180`. */
import { parseArgs } from 'node:util';
import { seeded } from '../../support/chaos-tier.ts';
import { BUDGETS } from './budgets.ts';
import { countCalls, judged, told } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string', default: '180' },
    workers: { type: 'string', default: '8' },
  },
});
const APART_MS = 3_000;
/** As long as leases are at the least; calls end long before. */
const LEASE_MS = 15_000;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const kills = Math.max(1, Math.round((Number(values.seconds) * 1_000) / APART_MS) - 1);
say(`seed ${values.seed}: ${values.workers} workers, ${kills} of them killed in ${values.seconds} s`);
const counts = await countCalls({
  ...{ budgets: BUDGETS, lanes: 4, leaseMs: LEASE_MS, answers: [5, 800] },
  ...{ workers: Number(values.workers), kills, apartMs: APART_MS, random: seeded(Number(values.seed)) },
});
for (const [name, budget] of Object.entries(BUDGETS)) say(told(name, budget, counts.calls[name] ?? []));
say(`timers came up to ${counts.late} ms late`);
const { ofTheBudget, ofTheMachine } = judged(BUDGETS, counts);
for (const problem of ofTheMachine) say(`held up by this machine: ${problem}`);
for (const problem of ofTheBudget) say(`TOO MUCH: ${problem}`);
say(
  ofTheBudget.length === 0 ? 'no more calls were permitted than each budget allows' : 'budgets were exceeded',
);
process.exitCode = ofTheBudget.length === 0 ? 0 : 1;
