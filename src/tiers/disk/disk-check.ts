/** SQLite's own check of a file, in a process of its own: it may take minutes, and cannot be interrupted. */
import { spawn } from 'node:child_process';
import type { Clock } from '../../core/clock.ts';

/** `unfinished`: not done in time, or it could not be begun: nothing is known. */
export type DiskCheck =
  | { readonly state: 'whole' }
  | { readonly state: 'damaged'; readonly reason: string }
  | { readonly state: 'unfinished'; readonly reason: string };

export interface DiskCheckTask {
  readonly path: string;
  /** How long it may take, in ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Says `ok`, or what is wrong first; a file that cannot be read as a database is damaged as well. */
const SCRIPT = `
import { DatabaseSync } from 'node:sqlite';
const damaged = [11, 26];
try {
  const db = new DatabaseSync(process.argv[1], { readOnly: true, timeout: 1000 });
  const row = db.prepare('PRAGMA quick_check(1)').get();
  process.stdout.write(String(Object.values(row)[0]));
} catch (error) {
  if (!damaged.includes(Number(error.errcode) & 0xff)) throw error;
  process.stdout.write(error.message);
}
`;

/** Never rejects. */
export function quickCheck({ path, timeout, clock, signal }: DiskCheckTask): Promise<DiskCheck> {
  return new Promise((resolve) => {
    const unfinished = (reason: string) => end({ state: 'unfinished', reason });
    const child = spawn(
      process.execPath,
      ['--no-warnings', '--input-type=module', '-e', SCRIPT, '--', path],
      // Its environment could change what Node does.
      { stdio: ['ignore', 'pipe', 'pipe'], env: {} },
    );
    const timer = clock.after(timeout, () => unfinished(`not done within ${timeout} ms`));
    const onAbort = () => unfinished('it was given up');
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (answer: DiskCheck) => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      resolve(answer);
    };
    const [said, complained]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complained.push(chunk));
    child.once('error', (error) => unfinished(error.message));
    child.once('close', (code) => {
      const answer = Buffer.concat(said).toString();
      if (code !== 0) unfinished(Buffer.concat(complained).toString().slice(-500) || `it ended with ${code}`);
      else end(answer === 'ok' ? { state: 'whole' } : { state: 'damaged', reason: answer });
    });
    if (signal.aborted) onAbort();
  });
}
