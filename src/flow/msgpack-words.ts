/** The words of MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): what follows a first byte from 0xc0 to 0xdf. */

/** What has a length: a text, bytes, a list, a map, or an extension. */
export type Sized = 'text' | 'bytes' | 'list' | 'map' | 'extension';

export type Word =
  | {
      readonly what: 'scalar';
      /** How many bytes it has behind its first. */
      readonly bytes: number;
      read(view: DataView, at: number): unknown;
    }
  /** In how many bytes its length stands; or how long it always is. */
  | { readonly what: Sized; readonly bytes: number; readonly length?: number };

function scalar(bytes: number, read: (view: DataView, at: number) => unknown): Word {
  return { what: 'scalar', bytes, read };
}

function sized(what: Sized, bytes: number): Word {
  return { what, bytes };
}

function fixed(length: number): Word {
  return { what: 'extension', bytes: 0, length };
}

const FIRST = 0xc0;
/** From 0xc0 on. What stands for no value is undefined: 0xc1 is never used. */
const WORDS: readonly (Word | undefined)[] = [
  scalar(0, () => null),
  undefined,
  scalar(0, () => false),
  scalar(0, () => true),
  ...[1, 2, 4].map((bytes) => sized('bytes', bytes)),
  ...[1, 2, 4].map((bytes) => sized('extension', bytes)),
  scalar(4, (view, at) => view.getFloat32(at)),
  scalar(8, (view, at) => view.getFloat64(at)),
  scalar(1, (view, at) => view.getUint8(at)),
  scalar(2, (view, at) => view.getUint16(at)),
  scalar(4, (view, at) => view.getUint32(at)),
  scalar(8, (view, at) => view.getBigUint64(at)),
  scalar(1, (view, at) => view.getInt8(at)),
  scalar(2, (view, at) => view.getInt16(at)),
  scalar(4, (view, at) => view.getInt32(at)),
  scalar(8, (view, at) => view.getBigInt64(at)),
  ...[1, 2, 4, 8, 16].map(fixed),
  ...[1, 2, 4].map((bytes) => sized('text', bytes)),
  ...[2, 4].map((bytes) => sized('list', bytes)),
  ...[2, 4].map((bytes) => sized('map', bytes)),
];

export function wordOf(first: number): Word | undefined {
  return WORDS[first - FIRST];
}
