/** The keys that rows of an entity set give: one bad row stops no run. */
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { KeyError } from '../core/key.ts';
import type { Params, Source } from '../core/source.ts';

export interface RowKeysDeps {
  readonly source: Source;
  /** The name of the set. */
  readonly entities: string;
  /** Whether rows that cannot be used are left out; else they are planned, and fail with the reason. */
  readonly skipsBadRows: boolean;
  readonly events: Events;
}

/** A row that lacks a value has no key of this source, and one that cannot be asked for may be left out: both are reported. */
export class RowKeys {
  readonly #deps: RowKeysDeps;

  constructor(deps: RowKeysDeps) {
    this.#deps = deps;
  }

  /** Undefined: none. Null: the row is left out. */
  keyOf(row: Params): string | undefined | null {
    const { source, skipsBadRows } = this.#deps;
    const key = this.#built(row);
    const refusal = key === undefined || !skipsBadRows ? undefined : source.refusal(row);
    if (refusal === undefined) return key;
    this.#tell(`a row is left out, since it cannot be asked for: ${refusal}`);
    return null;
  }

  #built(row: Params): string | undefined {
    try {
      return this.#deps.source.key.build(row);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      this.#tell(`a row has no key: ${messageOf(error)}`);
      return undefined;
    }
  }

  #tell(message: string): void {
    const { source, entities, events } = this.#deps;
    const error = new ForewarmError('E_ENTITIES_INVALID', message);
    events.emit('problem', { where: `entity set "${entities}", source "${source.name}"`, error });
  }
}
