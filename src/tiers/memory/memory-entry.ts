/** What memory holds under a key. */
import type { Entry, Head } from '../../core/entry.ts';

export class MemoryEntry implements Entry {
  readonly head: Head;
  readonly body: Uint8Array;
  /** What a reader decoded the body to, kept so that the next one need not; undefined until one did. */
  readonly decoded: unknown;
  #wasRead: boolean;

  constructor({ head, body }: Entry, decoded?: unknown, wasRead = false) {
    this.head = head;
    this.body = body;
    this.decoded = decoded;
    this.#wasRead = wasRead;
  }

  /** Whether it was read since it came here: one that is evicted unread was not worth its place. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  asRead(): this {
    this.#wasRead = true;
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
