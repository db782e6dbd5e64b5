/** An entry in memory: what it weighs, and whether anybody has read it. */
import type { Entry, Head } from '../../core/entry.ts';

/** An entry as memory holds it. */
export interface MemoryEntry extends Entry {
  /** What a reader made of the body, kept beside it so that the next one need not; undefined until one did. */
  readonly decoded: unknown;
}

export class Held implements MemoryEntry {
  readonly head: Head;
  readonly body: Uint8Array;
  readonly decoded: unknown;
  #read: boolean;

  constructor({ head, body }: Entry, view?: unknown, read = false) {
    this.head = head;
    this.body = body;
    this.decoded = view;
    this.#read = read;
  }

  /** Whether anybody has read it here. */
  get wasRead(): boolean {
    return this.#read;
  }

  markRead(): this {
    this.#read = true;
    return this;
  }
}

/** What an entry costs beside the characters of its head and the bytes of its body: objects, slots and list links. */
export const ENTRY_OVERHEAD = 450;

export function sizeOf({ head, body }: Entry, key: string): number {
  let characters = key.length + (head.etag?.length ?? 0) + (head.lastModified?.length ?? 0);
  for (const tag of head.tags) characters += tag.length;
  for (const name in head.params) characters += name.length + (head.params[name]?.length ?? 0);
  return ENTRY_OVERHEAD + characters + body.byteLength;
}

/** The body in memory of its own: a slice of a larger buffer (a socket's, a pool's) would keep all of that alive. */
export function ownBytes(body: Uint8Array): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body);
}
