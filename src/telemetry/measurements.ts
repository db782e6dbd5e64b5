import type { AnyRow, Group, StatisticsRow } from '../core/metrics/statistics.ts';
import { sumRows } from '../core/metrics/statistics.ts';

type Rows<G extends Group> = () => readonly StatisticsRow<G>[];

/** Where metrics come from that no event tells of: whoever keeps or measures something provides its rows, and is asked at each snapshot. */
export class Measurements {
  readonly #providers = new Map<Group, (() => readonly AnyRow[])[]>();

  /** Asks `rows` from now on, besides those that provide rows of the same group. No rows: it is not known now, and is not shown. */
  provide<G extends Group>(group: G, rows: Rows<G>): void {
    // Rows of a group are rows; the type parameter has checked that they are of this one.
    const known = this.#providers.get(group) ?? [];
    this.#providers.set(group, [...known, rows as () => readonly AnyRow[]]);
  }

  /** Undefined of a group that nobody provides. */
  rows(group: Group): readonly AnyRow[] | undefined {
    const providers = this.#providers.get(group);
    return (
      providers &&
      sumRows(
        group,
        providers.flatMap((rows) => rows()),
      )
    );
  }
}
