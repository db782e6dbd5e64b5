/** Which keys of a source a plan looks up: all of the first, and of those behind them ever fewer, evenly. */

/** Of each doubling of the number of keys, so many parts of `exact` are looked up. */
const SHARE = 4;

/** The places among the keys from `first` on that are looked up. */
export function sampledPlaces(first: number, count: number, exact: number): number[] {
  const places: number[] = [];
  for (let n = first; n < first + count; n += 1) {
    if (n % strideAt(n, exact) === 0) places.push(n - first);
  }
  return places;
}

function strideAt(n: number, exact: number): number {
  return n < exact ? 1 : SHARE * 2 ** Math.floor(Math.log2(n / exact));
}
