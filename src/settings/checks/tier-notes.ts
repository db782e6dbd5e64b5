/** Whether the tiers of each source keep its values until they are due: what leaves before that is not warm, and nothing makes it so. */
import { someOf } from '../../core/counted.ts';
import type { Source } from '../../core/source.ts';
import { formatDuration, roundDuration } from '../../core/units.ts';
import { BACKING_NAMES } from '../../tiers/kinds.ts';
import type { Settings } from '../settings.ts';
import type { SurveyNote } from './schedule-notes.ts';

/** Sources that are named; of the others none says more. */
const NAMED = 5;

export function tierNotes(settings: Settings): SurveyNote[] {
  const sources = [...settings.sources.values()];
  return BACKING_NAMES.flatMap((tier) => {
    const { enabled, ttl } = settings.tiers[tier];
    if (!enabled || ttl === undefined) return [];
    const early = sources.filter((source) => usesTier(settings, source, tier) && ttl < dueAfter(source));
    return early.length === 0 ? [] : [note(settings, tier, ttl, early)];
  });
}

type Backing = (typeof BACKING_NAMES)[number];

function note(settings: Settings, tier: Backing, ttl: number, early: readonly Source[]): SurveyNote {
  const others = BACKING_NAMES.filter((name) => name !== tier);
  const nowhere = early.filter((source) => !others.some((other) => keeps(settings, source, other)));
  const shown = nowhere.length > 0 ? nowhere : early;
  const [first] = shown;
  const due = first === undefined ? 0 : dueAfter(first);
  const names = shown.map(({ name }) => `"${name}"`);
  const rest =
    nowhere.length > 0
      ? 'no tier that outlives a process keeps them until then: in between nothing is warm'
      : 'in between they are not warm in this tier';
  const values = `values of source ${someOf(names, NAMED)} leave it after ${formatDuration(ttl)}`;
  const message = `${values}, and are fetched again when they are due, after ${roundDuration(due)} of "${first?.name}": ${rest}`;
  return { path: `tiers.${tier}.ttl`, message };
}

/** Until a value is due at least. */
function keeps(settings: Settings, source: Source, tier: Backing): boolean {
  const { enabled, ttl = Number.POSITIVE_INFINITY } = settings.tiers[tier];
  return enabled && usesTier(settings, source, tier) && ttl >= dueAfter(source);
}

function usesTier({ sourceTiers }: Settings, { name }: Source, tier: Backing): boolean {
  return sourceTiers.get(name)?.includes(tier) ?? true;
}

function dueAfter({ lifetime: { ttl, refreshAhead } }: Source): number {
  return ttl * refreshAhead;
}
