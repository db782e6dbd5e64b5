import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import type { z } from 'zod';
import { hideSecrets } from '../core/secrets.ts';
import type { logOptions } from './options.ts';
import { recordFields, recordText } from './record-fields.ts';
import { textLine } from './text-line.ts';

export type { Logger } from 'pino';

export type LogOptions = z.infer<typeof logOptions>;

export interface LoggerDeps {
  readonly options: Pick<LogOptions, 'level' | 'format'>;
  /** Of this process, for every record: its version, and what it does. */
  readonly about: { readonly version: string; readonly role: string };
  /** Where finished lines go. */
  readonly to: { write(text: string): unknown };
  /** A person reads along: format `auto` is then text. */
  readonly isTTY: boolean;
  readonly colour: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What the configuration keeps secret: hidden wherever it stands. */
  readonly secrets?: readonly string[];
  /** Fields of whatever is under way as the record is written, such as the ids of its trace. */
  readonly context?: () => Readonly<Record<string, string>>;
}

/** Of the text of a record, in characters. */
const LONGEST_MESSAGE = 4_000;
/** What some readers take for the end of a line, and JSON does not write as an escape. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/**
 * A logger that writes one line per record: JSON with ISO times and named levels, or text for people. A line is bounded, whatever it is
 * given (`record-fields.ts`). Secrets are hidden in both: those of the configuration, fields with a telling name, and credentials inside
 * URLs, headers and queries.
 */
export function createLogger(deps: LoggerDeps): Logger {
  const { options, to, now, secrets = [], context = () => ({}) } = deps;
  const asText = options.format === 'text' || (options.format === 'auto' && deps.isTTY);
  const destination = asText
    ? { write: (line: string) => to.write(textLine(line, { colour: deps.colour })) }
    : { write: (line: string) => to.write(line) };
  return pino(
    {
      level: options.level,
      base: { pid: process.pid, hostname: hostname(), ...deps.about },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => recordFields(fields, secrets),
      },
      // `record-fields.ts` has made plain data of errors.
      serializers: { err: (error) => error },
      mixin: context,
      mixinMergeStrategy: (fields, own) => ({ ...fields, ...own }),
      hooks: {
        streamWrite: (line) => hideSecrets(line).replace(LINE_ENDS, escaped),
        logMethod(args, method) {
          const shown = args.map((arg) =>
            typeof arg === 'string' ? recordText(arg, secrets, LONGEST_MESSAGE) : arg,
          );
          method.apply(this, shown as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
