/** How numbers of the history are stored: four bytes each, in which nothing is unknown. */

export const CELL = 4;
/** The bits of a number that is none. */
const UNKNOWN = 0xffffffff;

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
  const bytes = new DataView(cells.buffer, cells.byteOffset, cells.byteLength);
  const known = Math.min(count, Math.floor(cells.byteLength / CELL));
  const one = new DataView(new ArrayBuffer(CELL));
  const values: (number | undefined)[] = [];
  for (let i = 0; i < count; i += 1) {
    one.setUint32(0, i < known ? ~bytes.getUint32(i * CELL, true) : UNKNOWN, true);
    const value = one.getFloat32(0, true);
    values.push(Number.isFinite(value) ? value : undefined);
  }
  return values;
}
