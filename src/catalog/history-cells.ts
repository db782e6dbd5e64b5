/** How numbers of the history are stored: four bytes each, in which nothing is unknown. */

export const CELL = 4;

/**
 * A single-precision number with all its bits turned over: what Redis fills gaps with, zeros, are the bits of a number that is none,
 * and stand for "not known".
 */
export function cellsOf(values: readonly (number | undefined)[]): Buffer {
  const cells = Buffer.alloc(values.length * CELL);
  for (const [i, value] of values.entries()) {
    if (value === undefined || !Number.isFinite(value)) continue;
    cells.writeFloatLE(value, i * CELL);
    cells.writeUInt32LE(~cells.readUInt32LE(i * CELL) >>> 0, i * CELL);
  }
  return cells;
}

/** So many numbers; what is missing at the end is not known. */
export function readCells(cells: Uint8Array, count: number): (number | undefined)[] {
  const bytes = Buffer.alloc(count * CELL);
  bytes.set(cells.subarray(0, bytes.length));
  return Array.from({ length: count }, (_, i) => {
    bytes.writeUInt32LE(~bytes.readUInt32LE(i * CELL) >>> 0, i * CELL);
    const value = bytes.readFloatLE(i * CELL);
    return Number.isFinite(value) ? Number(value.toPrecision(7)) : undefined;
  });
}
