/** SQLite's own check of a file, in a process of its own: it may take minutes, and cannot be interrupted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { within } from '../../flow/deadline.ts';

/** `unfinished`: given up or not done in time; `unreadable`: it could not be begun. */
export type DiskCheck =
  | { readonly state: 'whole' }
  | { readonly state: 'damaged'; readonly reason: string }
  | { readonly state: 'unfinished' | 'unreadable'; readonly reason: string };

export interface DiskCheckTask {
  readonly path: string;
  /** How long it may take, in ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Says what is wrong first; a file that cannot be read as a database is damaged as well. */
const SCRIPT = `
import { DatabaseSync } from 'node:sqlite';
const damaged = [11, 26];
const say = (state, reason) => process.stdout.write(JSON.stringify({ state, reason }));
try {
  const db = new DatabaseSync(process.argv[1], { readOnly: true, timeout: 1000 });
  const [found] = Object.values(db.prepare('PRAGMA quick_check(1)').get());
  found === 'ok' ? say('whole') : say('damaged', String(found));
} catch (error) {
  say(damaged.includes(Number(error.errcode) & 0xff) ? 'damaged' : 'unreadable', error.message);
}
`;

/** Never rejects. */
export async function quickCheck({ path, timeout, clock, signal }: DiskCheckTask): Promise<DiskCheck> {
  const late = () => new Error(`not done within ${timeout} ms`);
  try {
    return await within(clock, timeout, (over) => check(path, over), late, signal);
  } catch (error) {
    return { state: 'unfinished', reason: signal.aborted ? 'it was given up' : messageOf(error) };
  }
}

async function check(path: string, over: AbortSignal): Promise<DiskCheck> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', SCRIPT, '--', path],
    // Its environment could change what Node does.
    { stdio: ['ignore', 'pipe', 'pipe'], env: {}, signal: over, killSignal: 'SIGKILL' },
  );
  const ended = once(child, 'close');
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(lastLine(complained) ?? `it ended with ${code}`);
  // What the script above says.
  return JSON.parse(said) as DiskCheck;
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1)?.slice(0, 200) || undefined;
}
