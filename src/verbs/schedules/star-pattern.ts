import type { ScheduleFilter, ScheduleView } from './schedule-shapes.ts';

/** Whether a filter names a schedule. */
export function isSelected(
  { names, kinds, all }: ScheduleFilter,
  { name, kind }: Pick<ScheduleView, 'name' | 'kind'>,
): boolean {
  return all || kinds.includes(kind) || names.some((pattern) => fits(pattern, name));
}

/**
 * Whether a name is one of a pattern, in which a `*` stands for any characters. Each part is taken where it comes first, so that
 * many stars take no longer.
 */
export function fits(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
