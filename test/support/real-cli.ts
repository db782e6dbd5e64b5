/** The command line in this process over a system that is really composed; what it writes is kept. */
import { Readable } from 'node:stream';
import { compose } from '../../src/app/compose.ts';
import { main } from '../../src/cli/main.ts';
import { systemClock } from '../../src/core/clock.ts';
import { surveyOf } from '../../src/settings/checks/survey.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { settingsJsonSchema } from '../../src/settings/shape/json-schema.ts';

export interface CommandEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

export interface RunningCommand {
  signal(name: NodeJS.Signals): void;
  /** What it has written so far, to stdout and to stderr. */
  said(): string;
  readonly ended: Promise<CommandEnd>;
}

export function startCommand(
  config: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): RunningCommand {
  const written = { out: '', err: '' };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const writer = (to: 'out' | 'err') => ({
    write: (chunk: string | Uint8Array) => {
      written[to] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    },
  });
  const began = performance.now();
  const running = main(
    ['-c', config, ...argv],
    {
      stdout: writer('out'),
      stderr: writer('err'),
      drained: async () => {},
      stdin: Readable.from([]),
      ...{ isTTY: false, takesAnswers: false, showsResults: false, columns: 80, env, clock: systemClock },
      onSignal: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onUncaught: () => () => {},
      onDebugSignal: () => () => {},
      ask: async () => 'yes',
    },
    {
      ...{ loadSettings, settingsSchema: async () => settingsJsonSchema(), compose },
      surveyOf: (settings, clock, onWait) => surveyOf(settings, { clock, timezone: 'UTC', onWait }),
    },
  );
  return {
    signal: (name) => {
      for (const listener of listeners) listener(name);
    },
    said: () => written.out + written.err,
    ended: running.then((code) => ({ code, ...written, ms: performance.now() - began })),
  };
}
