import type { EntryRead, ValueView } from '../../src/verbs/entries.ts';

/** What a read found; undefined when it is missing or unavailable. */
export function found(read: EntryRead | undefined): ValueView | undefined {
  return read?.state === 'value' || read?.state === 'absent' ? read : undefined;
}
