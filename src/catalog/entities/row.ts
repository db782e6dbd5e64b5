import type { Params } from '../../core/source.ts';

export interface Row {
  readonly params: Params;
  /** Where it stands, for messages: `line 3`, `item 2`. */
  readonly place: string;
}

/** The params of a flat object: text, numbers and booleans as text, nothing as "". */
export function paramsFrom(value: unknown, place: string): Params {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${place} is not an object with a member per column`);
  }
  const params: Record<string, string> = {};
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) {
      throw new Error(`${place}: "${name}" is not text, a number or a boolean`);
    }
    params[name] = String(member ?? '');
  }
  return params;
}
