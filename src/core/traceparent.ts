/**
 * The header `traceparent`: how a trace goes from one process to another.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
import type { TraceContext } from './tracing.ts';

/** Of version 00. A later version may add parts behind these. */
const FORM = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
const LENGTH = 55;
/** Of what a later version may add. */
const LONGEST = 512;
const SAMPLED = 1;

export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Undefined for anything else than a valid one: a trace is then begun anew, as the standard wants it. */
export function readTraceparent(value: unknown): TraceContext | undefined {
  if (typeof value !== 'string' || value.length < LENGTH || value.length > LONGEST) return undefined;
  const [, version = 'ff', traceId = '', spanId = '', flags = ''] = FORM.exec(value.slice(0, LENGTH)) ?? [];
  const more = value.slice(LENGTH);
  if (version === 'ff' || (more !== '' && (version === '00' || !more.startsWith('-')))) return undefined;
  if (isZero(traceId) || isZero(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

function isZero(id: string): boolean {
  return /^0*$/.test(id);
}
