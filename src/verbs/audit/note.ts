/**
 * What somebody says of what they want done: the `why` of a request, whichever verb it is of. It is taken out of a call here and nowhere
 * else, so that every verb that takes one has it on record, and none keeps a secret that was pasted into it.
 */

/** A call, its note, and what it is about. */
export interface NotedCall {
  /** Without secrets; empty where nothing was said. */
  readonly note: string;
  /** For the verb: with its note as it is kept. */
  readonly args: readonly unknown[];
  /** For the record: without the note, which stands beside what the call is about. */
  readonly about: readonly unknown[];
}

/** The arguments are as they were given, and may be anything. `hide` takes secrets out of a text. */
export function notedCall(given: readonly unknown[], hide: (text: string) => string): NotedCall {
  const at = given.findIndex(isRequestWithNote);
  const request = given[at];
  if (!isRequestWithNote(request)) return { note: '', args: given, about: given };
  const { why, ...rest } = request;
  const note = hide(why);
  return { note: note.trim(), args: given.with(at, { ...rest, why: note }), about: given.with(at, rest) };
}

function isRequestWithNote(value: unknown): value is { readonly why: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.hasOwn(value, 'why') && typeof Reflect.get(value, 'why') === 'string';
}
