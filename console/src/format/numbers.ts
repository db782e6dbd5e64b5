/** Numbers for people. Those that a double does not hold come from the client as they were written, and stay so. */

const grouped = new Intl.NumberFormat('en-US');
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const UNKNOWN = 'unknown';

/** All of its digits, in groups of three. */
export function exact(value: unknown): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === 'number') return Number.isFinite(value) ? grouped.format(value) : String(value);
  return JSON.stringify(value) ?? UNKNOWN;
}

/** Where there is no room for all of them: `1.2K`. */
export function compact(value: number): string {
  return value < 10_000 ? exact(value) : short.format(value);
}

/** `3 keys`, `1 key`. */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${exact(count)} ${count === 1 ? thing : things}`;
}

/**
 * A share as a percentage, never rounded to all or to nothing: 99.996 % is not 100 %.
 */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return UNKNOWN;
  if (share === 0 || share === 1) return `${share * 100} %`;
  const value = share * 100;
  if (value > 99.9) return value >= 99.99 ? '> 99.99 %' : `${floored(value, 2)} %`;
  if (value < 0.1) return value < 0.01 ? '< 0.01 %' : `${value.toFixed(2)} %`;
  return `${floored(value, 1)} %`;
}

function floored(value: number, digits: number): string {
  const factor = 10 ** digits;
  return (Math.floor(value * factor) / factor).toFixed(digits);
}

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Sizes are powers of 1000, as everywhere here. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  const power = value < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1_000 ** power;
  return `${power === 0 ? exact(scaled) : scaled.toFixed(scaled < 10 ? 1 : 0)} ${SIZES[power]}`;
}

/** `12.5/s`, `3/min`. */
export function rate(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond < 10 ? perSecond.toFixed(1) : exact(Math.round(perSecond))}/s`;
  return `${(perSecond * 60).toFixed(perSecond * 60 < 10 ? 1 : 0)}/min`;
}
