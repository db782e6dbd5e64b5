/** Numbers of things in messages, with the noun in the form that the number asks for. */

/** `12,345`. By hand: whoever makes a `NumberFormat` loads the data of all languages, which takes some 15 ms of each start. */
export function count(value: number): string {
  const digits = String(Math.abs(Math.round(value)));
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 3) groups.unshift(digits.slice(Math.max(0, end - 3), end));
  return `${value < 0 ? '-' : ''}${groups.join(',')}`;
}

/** `3,000 keys`, `1 key`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** `a, b, and 3 more`: of many names the first. */
export function someOf(names: readonly string[], most: number): string {
  const more = names.length > most ? `, and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}

/** `3 keys were`, `1 key was`: with a verb behind it. */
export function countedWith(
  value: number,
  noun: string,
  [one, many]: readonly [one: string, many: string],
): string {
  return `${counted(value, noun)} ${value === 1 ? one : many}`;
}
