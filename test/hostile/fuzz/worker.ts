/** Hands stretches to a child process; finds the input that ends it, or that it never comes back from. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findingOf, NOTHING, type Stretch, sumOf, type Tally } from './batch.ts';
import { inputOf } from './inputs.ts';
import type { Parser } from './parser.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

export interface FuzzWorkerDeps {
  /** The module whose `PARSERS` has the parsers. */
  readonly list: string;
  /** How long a child may be silent, in ms: a stretch takes less on any machine. */
  readonly patienceMs: number;
}

type Outcome = Tally | { readonly fault: string; readonly last: number | undefined };

export class FuzzWorker {
  readonly #deps: FuzzWorkerDeps;
  #child: Promise<ChildProcess> | undefined;

  constructor(deps: FuzzWorkerDeps) {
    this.#deps = deps;
  }

  /** Tries a stretch. What ends the child is a finding, and the rest of the stretch is tried by another one. */
  async run(parser: Parser, stretch: Stretch): Promise<Tally> {
    const outcome = await this.#try(parser, stretch, false);
    if (!('fault' in outcome)) return outcome;
    const careful = await this.#try(parser, stretch, true);
    if (!('fault' in careful)) return careful;
    const culprit = careful.last ?? stretch.from;
    const finding = findingOf(parser, culprit, careful.fault, inputOf(parser, stretch.seed, culprit));
    const before = { ...NOTHING, inputs: culprit + 1 - stretch.from, findings: [finding] };
    const rest = { ...stretch, from: culprit + 1, count: stretch.from + stretch.count - culprit - 1 };
    return rest.count === 0 ? before : sumOf(before, await this.run(parser, rest));
  }

  async stop(): Promise<void> {
    (await this.#child)?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #try(parser: Parser, stretch: Stretch, careful: boolean): Promise<Outcome> {
    this.#child ??= ready(this.#deps.list);
    const child = await this.#child;
    let last: number | undefined;
    const note = (text: Buffer) => {
      last = Number(text.toString().trimEnd().split('\n').at(-1));
    };
    const lines = child.stdio[4];
    lines?.on('data', note);
    const outcome = await answerOf(
      child,
      { ...stretch, parser: parser.name, careful },
      this.#deps.patienceMs,
    );
    lines?.off('data', note);
    if (typeof outcome !== 'string') return outcome;
    await this.stop();
    return { fault: outcome, last };
  }
}

async function ready(list: string): Promise<ChildProcess> {
  const child = fork(CHILD, [list], { stdio: ['ignore', 'inherit', 'pipe', 'ipc', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the list ${list} cannot be loaded: exit code ${code}`)));
  });
  return child;
}

/** The tally, or what became of the child. */
function answerOf(child: ChildProcess, order: object, patienceMs: number): Promise<Tally | string> {
  return new Promise((resolve) => {
    let words = '';
    const hear = (text: Buffer) => {
      words = `${words}${text}`.slice(-2_000);
    };
    const end = (outcome: Tally | string) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.stderr?.off('data', hear);
      resolve(outcome);
    };
    const timer = setTimeout(() => end(`did not end within ${patienceMs} ms`), patienceMs);
    child.stderr?.on('data', hear);
    child.once('message', (tally) => end(tally as Tally));
    // After its streams have ended: the last index, and the last words.
    child.once('close', (code, signal) =>
      end(`ended the process (${signal ?? code}): ${words.trim().slice(0, 300)}`),
    );
    child.send(order);
  });
}
