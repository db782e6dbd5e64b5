import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import type { z } from 'zod';
import { hideSecrets, REDACTED, SECRET_PATHS } from '../core/secrets.ts';
import type { logOptions } from './options.ts';
import { textLine } from './text-line.ts';

export type { Logger } from 'pino';

export type LogOptions = z.infer<typeof logOptions>;

export interface LoggerDeps {
  readonly options: LogOptions;
  /** Of this process, for every record: its version, and what it does. */
  readonly about: { readonly version: string; readonly role: string };
  /** Where finished lines go. */
  readonly to: { write(text: string): unknown };
  /** A person reads along: format `auto` is then text. */
  readonly isTTY: boolean;
  readonly colour: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A logger that writes one line per record: JSON with ISO times and named levels, or text for people. Secrets are
 * hidden in both: fields with a telling name, and credentials inside URLs, headers and queries.
 */
export function createLogger(deps: LoggerDeps): Logger {
  const { options, to, now } = deps;
  const asText = options.format === 'text' || (options.format === 'auto' && deps.isTTY);
  const destination = asText
    ? { write: (line: string) => to.write(textLine(line, { colour: deps.colour })) }
    : { write: (line: string) => to.write(line) };
  return pino(
    {
      level: options.level,
      base: { pid: process.pid, hostname: hostname(), ...deps.about },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: REDACTED },
      hooks: { streamWrite: hideSecrets },
    },
    destination,
  );
}
