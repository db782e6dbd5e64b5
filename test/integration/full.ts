/**
 * The crash and the schedules at their full size, and the tests that take too long for every change (`*.full.ts`), which takes
 * minutes: `node test/integration/full.ts [crash] [schedulers] [tests]`. Prints a line of figures for each, and fails when a
 * promise is broken.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { crash } from './crash.ts';
import { extraCalls, violations } from './history.ts';
import { missteps, tick } from './schedulers.ts';

const KEYS = 20_000;
const SECONDS = 60;

async function crashes(redisEnds: 'stop' | 'kill'): Promise<string[]> {
  const history = await crash({ keys: KEYS, redisEnds, latency: 10, concurrency: 32 });
  const extra = extraCalls(history);
  const share = ((100 * extra) / KEYS).toFixed(2);
  say(`${KEYS} keys, a worker killed, Redis: ${redisEnds}; ${extra} extra calls (${share} %)`);
  return violations(history);
}

async function schedules(): Promise<string[]> {
  const ticking = await tick(SECONDS);
  say(`${ticking.runs.length} runs of a schedule each second, one of three schedulers killed`);
  return missteps(ticking);
}

/** Vitest says itself what fails. */
async function longTests(): Promise<string[]> {
  const words = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/integration/full.config.ts',
    '--root',
    '.',
  ];
  const [code] = await once(spawn(process.execPath, words, { stdio: 'inherit' }), 'exit');
  return code === 0 ? [] : ['a test that takes long fails'];
}

const JOBS = {
  crash: [() => crashes('stop'), () => crashes('kill')],
  schedulers: [schedules],
  tests: [longTests],
} as const;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const wanted = process.argv.slice(2);
let broken = 0;
for (const [name, jobs] of Object.entries(JOBS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const job of jobs) {
    const began = performance.now();
    const found = await job();
    for (const what of found) say(`  BROKEN: ${what}`);
    say(
      `  ${found.length === 0 ? 'all promises kept' : 'broken'}, in ${Math.round((performance.now() - began) / 1_000)} s`,
    );
    broken += found.length;
  }
}
process.exitCode = broken === 0 ? 0 : 1;
