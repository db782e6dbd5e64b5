/** Members by which an object would pretend to be a prototype, where a program copies it member by member. */

/** What has such a name, or may have it in escapes. */
const PERHAPS = /__proto__|constructor|\\u/;

/** False where a JSON text has surely none. */
export function mayHavePoison(text: string): boolean {
  return PERHAPS.test(text);
}

/** Throws a `SyntaxError` at a member `__proto__`, or a `constructor` with a `prototype`. */
export function refusePoison(name: string, value: unknown): void {
  const isPoison =
    name === '__proto__' ||
    (name === 'constructor' &&
      typeof value === 'object' &&
      value !== null &&
      Object.hasOwn(value, 'prototype'));
  if (isPoison) throw new SyntaxError(`a member "${name}" is not allowed`);
}
