/** Whether values live long enough to be stored, looked up and served. */
import type { Source } from '../../core/source.ts';
import { formatDuration } from '../../core/units.ts';
import type { Path } from '../document/config-node.ts';
import type { SettingsOutput } from '../schema.ts';
import type { Settings } from '../settings.ts';
import { LEAST_LIFE_MS } from '../source-options.ts';
import type { SurveyNote } from './schedule-notes.ts';

/** A value that is gone before anybody can look it up is taken for one that every tier has lost. */
export function checkLives(
  { sources, temperatures }: SettingsOutput,
  report: (path: Path, message: string | undefined) => void,
): void {
  for (const [name, { temperature, ...own }] of Object.entries(sources)) {
    const usual = temperatures[temperature];
    const life = (own.ttl ?? usual.ttl) + (own.grace ?? usual.grace);
    const isOwn = own.ttl !== undefined || own.grace !== undefined;
    const path = isOwn ? ['sources', name] : ['temperatures', temperature];
    const option = own.ttl === undefined && own.grace !== undefined ? 'grace' : 'ttl';
    // A ttl of nothing has words of its own.
    if (life > 0 && life < LEAST_LIFE_MS)
      report(
        [...path, option],
        `values of source "${name}" are gone after ${formatDuration(life)}, before anything can look them up; ttl and grace must be ${formatDuration(LEAST_LIFE_MS)} together at least`,
      );
  }
}

/** Times count from when a call begins, so that what comes late may be gone as it comes. */
export function lifeNotes({ sources, origins }: Settings): SurveyNote[] {
  return [...sources.values()].flatMap((source) => {
    const timeout = origins.get(source.origin)?.timeout ?? 0;
    const life = lifeOf(source);
    if (life >= timeout) return [];
    const message = `values of source "${source.name}" are gone ${formatDuration(life)} after they were asked for, ttl and grace together, and a call may take ${formatDuration(timeout)} (timeout of origin "${source.origin}"): what comes later, or is looked up later by its run, counts as failed`;
    return [{ path: `sources.${source.name}.ttl`, message }];
  });
}

function lifeOf({ lifetime: { ttl, grace } }: Source): number {
  return ttl + grace;
}
