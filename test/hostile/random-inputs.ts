/** Random inputs that look a little like what a parser expects, from a seed. */

export interface Inputs {
  text(): string;
  bytes(): Uint8Array;
}

const RANDOM_BYTES = 40;
const MOST_EDITS = 8;
/** Some inputs are repeated to this length, since what is slow shows on long ones. */
const LONG = 20_000;

/** Pieces of a dictionary, put together, cut, repeated and broken. */
export function inputsOf(seed: number, dictionary: readonly string[]): Inputs {
  const random = mulberry32(seed);
  const below = (count: number) => Math.floor(random() * count);
  const piece = () => dictionary[below(dictionary.length)] ?? '';
  const noise = () =>
    Buffer.from(Array.from({ length: below(RANDOM_BYTES) }, () => below(256))).toString('latin1');
  const edit = (text: string): string => {
    const at = below(text.length + 1);
    const kinds = [
      () => text.slice(0, at) + piece() + text.slice(at),
      () => text.slice(0, at) + noise() + text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1 + below(4)),
      () => text.slice(0, at) + String.fromCharCode(below(0x1_0000)) + text.slice(at),
      () => text + piece(),
      () => text.slice(at),
    ];
    return kinds[below(kinds.length)]?.() ?? text;
  };
  const text = () => {
    let made = piece();
    for (let edits = below(MOST_EDITS); edits > 0; edits -= 1) made = edit(made);
    return below(50) === 0 && made !== '' ? made.repeat(Math.ceil(LONG / made.length)).slice(0, LONG) : made;
  };
  return { text, bytes: () => Buffer.from(text(), below(4) === 0 ? 'latin1' : 'utf8') };
}

/** A small generator of good quality, by Tommy Ettinger (public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
