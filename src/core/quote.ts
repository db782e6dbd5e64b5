import { showValue } from './secrets.ts';

const LONGEST = 80;
/** What is looked through for secrets: they end long after what is shown. */
const LOOKED_THROUGH = 4_000;

/** A value as a message may show it: short, on one line, without secrets. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value !== 'string') return String(value ?? 'nothing');
  const shown = showValue(value.slice(0, LOOKED_THROUGH)).replace(/\s+/g, ' ');
  return `"${shown.length <= LONGEST ? shown : `${shown.slice(0, LONGEST)}…`}"`;
}
