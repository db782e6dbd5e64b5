/** What is said of a message that was not received: what became of it, and how much was in it. */
import { STATUS_CODES } from 'node:http';
import { messageOf } from '../../core/errors.ts';
import type { EventMap, TelemetrySignal } from '../../core/events.ts';
import { hideKnown } from '../../core/known-secrets.ts';
import { hideSecrets } from '../../core/secrets.ts';
import { endOfWhole } from '../../core/text.ts';

export type LostExport = EventMap['telemetry:lost'];

/** As an exporter has it. */
export interface Failure {
  readonly signal: TelemetrySignal;
  /** Spans, or points of metrics. */
  readonly items: number;
  readonly address: string;
  readonly error: unknown;
  /** Of the last answer from there; undefined: none came. */
  readonly status: number | undefined;
}

/** Of what a receiver says, in characters. */
const MOST_SAID = 200;
/** What an exporter says of an answer after which it would have tried again, and had no time left. */
const NO_TIME_LEFT = 'Export failed with retryable status';

/** `secrets`: what the receiver was sent, and may repeat. */
export function lostExport(failure: Failure, secrets: readonly string[]): Omit<LostExport, 'total'> {
  const { signal, items, address, error } = failure;
  const status = statusOf(failure);
  const reason = hideKnown(hideSecrets(reasonOf(error, status)), secrets);
  return { telemetry: signal, items, address: hideKnown(address, secrets), status, error: new Error(reason) };
}

/** Of HTTP the status of the answer, of gRPC its code; undefined where there was none. */
function statusOf({ error, status }: Failure): number | undefined {
  const { code } = fieldsOf(error);
  if (typeof code === 'number') return code;
  return messageOf(error) === NO_TIME_LEFT ? status : undefined;
}

function reasonOf(error: unknown, status: number | undefined): string {
  const { name, data } = fieldsOf(error);
  const message = messageOf(error);
  if (message === NO_TIME_LEFT)
    return `it answered ${words(status, '')}, to the end of the time for a message`;
  if (name !== 'OTLPExporterError' || status === undefined) return message || String(fieldsOf(error).code);
  const said = readable(data);
  return `it answered ${words(status, message)}${said === '' ? '' : `: ${said}`}`;
}

function words(status: number | undefined, message: string): string {
  if (status === undefined) return 'that it is busy';
  const reason = message || STATUS_CODES[status];
  return reason === undefined ? String(status) : `${status} ${reason}`;
}

/** A body in words, or the message of one in JSON; protobuf is left out. */
function readable(body: unknown): string {
  if (typeof body !== 'string') return '';
  const text = messageIn(body) ?? body;
  const line = text.replace(/\s+/g, ' ').trim();
  if (!/^[\x20-\x7e\u00a0-\ud7ff]*$/.test(line)) return '';
  return line.slice(0, endOfWhole(line, MOST_SAID));
}

function messageIn(body: string): string | undefined {
  try {
    const { message, error } = fieldsOf(JSON.parse(body));
    return [message, error].find((each) => typeof each === 'string');
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value);
}
