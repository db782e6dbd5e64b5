/**
 * The chaos run at its full size: `npm run test:chaos -- --seed 7 --seconds 600 --readers 4`. Prints its seed, figures
 * while it runs, and the story of a broken promise.
 */
import { parseArgs } from 'node:util';
import { faultsWith } from './faults.ts';
import { BELOWS } from './plan.ts';
import { BUGS } from './planted.ts';
import { chaos, countsText } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string', default: '600' },
    readers: { type: 'string', default: '4' },
    workers: { type: 'string', default: '2' },
    lanes: { type: 'string', default: '2' },
    below: { type: 'string', default: 'disk' },
    faults: { type: 'string' },
    bug: { type: 'string' },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);

function among<T extends string>(known: readonly T[], name: string): T {
  const found = known.find((one) => one === name);
  if (found === undefined) throw new Error(`"${name}" is none of ${known.join(', ')}`);
  return found;
}

const below = among(BELOWS, values.below);
const names = values.faults?.split(',').map((name) => among(faultsWith(below), name));
const faults = names === undefined ? {} : { faults: names };
const bug = values.bug === undefined ? {} : { bug: among(BUGS, values.bug) };
const [seed, seconds] = [Number(values.seed), Number(values.seconds)];
const [readers, workers, lanes] = [Number(values.readers), Number(values.workers), Number(values.lanes)];

say(`seed ${seed}: ${readers} readers and ${workers} workers for ${seconds} s, ${below} below Redis`);
const report = await chaos({ seed, seconds, readers, workers, lanes, below, say, ...faults, ...bug });
say(countsText(report.counts));
for (const story of report.broken) say(story);
if (report.foundAfter !== undefined) say(`found after ${(report.foundAfter / 1_000).toFixed(1)} s`);
say(report.broken.length === 0 ? 'all promises kept' : 'promises were broken');
process.exitCode = report.broken.length === 0 ? 0 : 1;
