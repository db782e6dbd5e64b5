/** Reads an entity set for `config check`: within a bound, and so that somebody who waits knows what for. */
import type { EntitySets } from '../../catalog/entities/entities.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import type { Settings } from '../settings.ts';
import { type RowFindings, rowFindings } from './check-rows.ts';

export interface SetCheckDeps {
  readonly settings: Pick<Settings, 'sources' | 'entities'>;
  readonly entities: EntitySets;
  readonly clock: Clock;
  /** Is told, after two seconds, what is being waited for. */
  readonly onWait?: ((words: string) => void) | undefined;
}

export interface SetCheck extends RowFindings {
  /** Also of a set with rows that it refuses; undefined where they cannot be read. */
  readonly columns: readonly string[] | undefined;
}

/** How long reading a set may take, in ms: a file has an end, and is as long as it is. */
const BOUNDS = { module: PATIENCE.module, file: 600_000 };
const QUIET_MS = 2_000;

export async function readSet(deps: SetCheckDeps, name: string): Promise<SetCheck> {
  const { settings, clock, onWait } = deps;
  const { module, csv, json } = settings.entities[name] ?? {};
  const bound = module === undefined ? BOUNDS.file : BOUNDS.module;
  const set = `entity set "${name}", ${module ?? csv ?? json}`;
  const timer = clock.after(QUIET_MS, () => onWait?.(`reading ${set}: for ${bound / 1_000} s at the most`));
  const late = () => new Error(`${set}: its rows did not come within ${bound / 1_000} s`);
  let columns: readonly string[] | undefined;
  const look = async (signal: AbortSignal) => {
    columns = await deps.entities.columns(name, signal);
    return rowFindings(settings, deps.entities, name, columns, signal);
  };
  try {
    const found = await within(clock, bound, look, late);
    return { columns, ...found };
  } catch (error) {
    const problem = { path: `entities.${name}`, message: messageOf(error) };
    return { columns, problems: [problem], notes: [] };
  } finally {
    timer.cancel();
  }
}
