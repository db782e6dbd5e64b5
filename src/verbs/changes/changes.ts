/** Everything that changes, as one stream. */
import { z } from 'zod';
import { Method } from '../../core/arguments.ts';
import type { Clock } from '../../core/clock.ts';
import type { Events } from '../../core/events.ts';
import { signalArgument } from '../shapes.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ChangeEvent } from './change-shapes.ts';
import type { LooksDeps } from './looks.ts';

export interface ChangeVerbs {
  /**
   * What changes from now on: runs, schedules, origins, processes and what else `Change` names, each with how it is now, a second after
   * it changed at the latest where not many things are configured. The first event is `resync`: read what you show, nothing of before
   * is told; or `resumed`, where `after` is the id of an event after which nothing is missing. It outlasts an absence of the jobs Redis.
   * Ends when the signal aborts. However many streams there are in a process, the jobs Redis has one reader.
   */
  changes(signal?: AbortSignal, after?: string): AsyncIterable<ChangeEvent>;
}

export interface ChangeVerbsDeps extends LooksDeps {
  readonly clock: Clock;
  readonly events: Events;
  readonly newId: () => string;
}

export const CHANGES = new Method('changes', [signalArgument, ['after', z.string().max(200).default('')]]);

export function changeVerbs(deps: ChangeVerbsDeps): ChangeVerbs {
  let feed: Promise<ChangeFeed> | undefined;
  return {
    async *changes(...given) {
      const [signal, after] = CHANGES.read(...given);
      feed ??= feedOf(deps);
      yield* (await feed).follow(signal, after);
    },
  };
}

/** Loaded for whoever follows changes first: most processes never do. */
async function feedOf(deps: ChangeVerbsDeps): Promise<ChangeFeed> {
  const [{ ChangeFeed }, { looksAt }] = await Promise.all([import('./change-feed.ts'), import('./looks.ts')]);
  return new ChangeFeed({ ...deps, looks: looksAt(deps) });
}
