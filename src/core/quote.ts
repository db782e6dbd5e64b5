import { showValue } from './secrets.ts';

const LONGEST = 80;
/** What is looked through for secrets: they end long after what is shown. */
const LOOKED_THROUGH = 4_000;

/** A value as a message may show it: short, on one line, without secrets. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return kindOf(value);
  if (typeof value !== 'string') return String(value ?? 'nothing');
  const shown = showValue(value.slice(0, LOOKED_THROUGH)).replace(/\s+/g, ' ');
  return `"${shown.length <= LONGEST ? shown : `${shown.slice(0, LONGEST)}…`}"`;
}

/** Such as `a Set`, `a Promise`: who wrote `await` for it, or forgot to, sees which. Everything without a class of its own is a map. */
function kindOf(value: object): string {
  const name = /^\[object ([A-Za-z0-9]{1,40})\]$/.exec(Object.prototype.toString.call(value))?.[1];
  return name === undefined || name === 'Object' ? 'a map' : `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}
