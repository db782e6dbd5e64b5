import { ownBytes } from '../../core/own-bytes.ts';

export interface RecentWrite {
  readonly key: string;
  readonly payload: Buffer;
}

/** The last writes that the server acknowledged, in order, up to a bound in bytes. */
export class RecentWrites {
  readonly #bound: number;
  /** From `#first` on. */
  #writes: RecentWrite[] = [];
  #first = 0;
  #bytes = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  add({ key, payload }: RecentWrite): void {
    const write = { key, payload: Buffer.from(ownBytes(payload).buffer) };
    this.#writes.push(write);
    this.#bytes += sizeOf(write);
    while (this.#bytes > this.#bound) {
      const oldest = this.#writes[this.#first];
      if (oldest === undefined) break;
      this.#bytes -= sizeOf(oldest);
      this.#first += 1;
    }
    if (this.#first <= this.#writes.length / 2) return;
    this.#writes = this.#writes.slice(this.#first);
    this.#first = 0;
  }

  all(): readonly RecentWrite[] {
    return this.#writes.slice(this.#first);
  }
}

/** What a place in the list costs beside the bytes themselves, about. */
const OVERHEAD = 100;

function sizeOf({ key, payload }: RecentWrite): number {
  return key.length + payload.byteLength + OVERHEAD;
}
