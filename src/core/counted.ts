/** Numbers of things in messages, with the noun in the form that the number asks for. */

/** Made when it is first used: that takes some 20 ms of processor time, which is a good part of a start. */
let thousands: Intl.NumberFormat | undefined;

/** `12,345`. */
export function count(value: number): string {
  thousands ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return thousands.format(value);
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
