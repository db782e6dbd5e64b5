import { textOfScalar } from '../../core/exact-json.ts';
import type { Params } from '../../core/source.ts';

/** What an entity set is read from. Rows come in batches of any size, in order: one by one they would cost more than reading them. */
export interface Rows {
  readonly batches: AsyncGenerator<readonly Params[]>;
  /** Where the row with this index stands, for messages: `line 3`, `item 2`. May have to look for it. */
  readonly placeOf: (index: number) => Promise<string>;
}

/** The params of a flat object: text, numbers and booleans as text, nothing as "". `place` is for the message. */
export function paramsFrom(value: unknown, place: () => string): Params {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${place()} is not an object with a member per column`);
  }
  const params: Record<string, string> = {};
  for (const [name, member] of Object.entries(value)) {
    const text = textOfScalar(member);
    if (text === undefined && typeof member === 'object' && member !== null) {
      throw new Error(`${place()}: "${name}" is not text, a number or a boolean`);
    }
    params[name] = text ?? String(member ?? '');
  }
  return params;
}
