/** What a command needs from the outside, so that tests can run it in-process. */
import type { Compose } from '../../app/app.ts';
import type { Clock } from '../../core/clock.ts';
import type { Survey } from '../../settings/checks/survey.ts';
import type { LoadOptions } from '../../settings/load.ts';
import type { Settings } from '../../settings/settings.ts';

export interface TextOutput {
  write(chunk: string | Uint8Array): unknown;
}

export interface Io {
  /** Results. */
  readonly stdout: TextOutput;
  /** Progress, notes and errors. */
  readonly stderr: TextOutput;
  /** Resolves when stdout has room for more, so that a long result is never all in memory. */
  drained(): Promise<void>;
  /** What is piped in. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** A person watches both: colours, a bar, questions. */
  readonly isTTY: boolean;
  /** A person types what is read from `stdin`. */
  readonly takesAnswers: boolean;
  /** Whoever reads the results sees them on a terminal, where a line that does not end may be wiped away. */
  readonly showsResults: boolean;
  /** Of the terminal. */
  readonly columns: number;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /**
   * Calls `listener` at each SIGINT, SIGTERM and SIGHUP; with SIGHUP also when the npm that started the process is gone, and with SIGPIPE
   * when what it writes is not taken any more. Returns a function that removes the listener.
   */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Calls `listener` with what is thrown where no call waits for it. Returns a function that removes the listener. */
  onUncaught(listener: (thrown: unknown) => void): () => void;
  /** Calls `listener` at each SIGUSR2, which ends no process that listens. Returns a function that removes the listener. */
  onDebugSignal(listener: () => void): () => void;
  /** Asks on the terminal; returns the empty text when the question is interrupted. */
  ask(question: string): Promise<string>;
}

export interface CliDeps {
  /** Throws E_CONFIG_NOT_FOUND or E_CONFIG_INVALID. */
  loadSettings(options: LoadOptions): Promise<Settings>;
  /** What only reading entity sets, and looking at schedules, can tell of a configuration. `onWait` is told what takes its time. */
  surveyOf(settings: Settings, clock: Clock, onWait: (words: string) => void): Promise<Survey>;
  /** The JSON Schema of the configuration file. */
  settingsSchema(): Promise<unknown>;
  readonly compose: Compose;
}
