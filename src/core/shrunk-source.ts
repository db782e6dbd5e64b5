/** A source of which the catalog keeps many keys warm that no entity set names any more, and what is said of it everywhere. */
import { count, counted } from './counted.ts';

export interface ShrunkSource {
  readonly source: string;
  /** The entity sets that feed it. */
  readonly entities: readonly string[];
  /** Keys that these give now. */
  readonly listed: number;
  /** Keys that are kept warm and in no entity set: of those selected. In a large catalog an estimate. */
  readonly missing: number;
  /** Keys of the source that are kept warm, those included. */
  readonly keys: number;
}

/** `entity set "e" gives 1 key of profile: 199 of the 200 that are kept warm are in no set any more`. */
export function shrinkWords({ source, entities, listed, missing, keys }: ShrunkSource): string {
  const sets = entities.map((name) => `"${name}"`).join(', ');
  const give = entities.length === 1 ? `entity set ${sets} gives` : `entity sets ${sets} give`;
  return `${give} ${counted(listed, 'key')} of ${source}: ${count(missing)} of the ${count(keys)} that are kept warm are in no set any more`;
}
