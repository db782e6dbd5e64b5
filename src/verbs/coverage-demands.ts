/** Whether coverage reaches what somebody demands of it, and which source misses it by how much. */
import { count, counted } from '../core/counted.ts';
import { ForewarmError } from '../core/errors.ts';
import { nearestWord } from '../core/nearest.ts';
import { quote } from '../core/quote.ts';
import { reaches, shortOf } from '../policy/demand.ts';
import type { TierTraits } from '../tiers/tier.ts';
import { ANY_TIER, type CoverageDemand, type CoverageReport, type DemandMiss } from './coverage-shapes.ts';

/** A tier, as far as demands want to know. */
interface Named {
  readonly name: string;
  readonly traits: Pick<TierTraits, 'reach'>;
}

interface Amount {
  readonly source: string | null;
  readonly tier: string | null;
  readonly total: number;
  readonly warm: number;
  readonly fresh: number;
  readonly unknown: number;
}

type Measured = Pick<CoverageReport, 'sources' | 'unread' | 'unanswered'>;

/** The names of the tiers that count. Throws `E_REQUEST_INVALID` for one that there is not. */
export function demandedTiers({ tier }: CoverageDemand, tiers: readonly Named[]): readonly string[] {
  const names = tiers.map(({ name }) => name);
  if (tier === undefined) {
    const lasting = tiers.filter(({ traits }) => traits.reach !== 'process').map(({ name }) => name);
    return lasting.length > 0 ? lasting : [ANY_TIER];
  }
  if (tier === ANY_TIER || names.includes(tier)) return [tier];
  const near = nearestWord(tier, [...names, ANY_TIER]);
  const hint = near === undefined ? `there is ${[...names, ANY_TIER].join(', ')}` : `did you mean "${near}"?`;
  throw new ForewarmError('E_REQUEST_INVALID', `tier ${quote(tier)} does not exist; ${hint}`);
}

/** Undefined where nothing is demanded. */
export function verdictOf(
  demand: CoverageDemand,
  tiers: readonly string[],
  measured: Measured,
): CoverageReport['verdict'] {
  const { min, fresh } = demand;
  if (min === undefined && fresh === undefined) return null;
  const amounts = tiers.flatMap((tier) => amountsOf(demand, tier, measured));
  const misses = [
    ...measured.unread.map((set) => unknownSet(set, min ?? fresh ?? 0)),
    ...measured.unanswered.map((message) => unknown({ message, wanted: min ?? fresh ?? 0 })),
    ...amounts.flatMap((amount) => [
      ...missOf('warm', amount, amount.warm, min),
      ...missOf('fresh', amount, amount.fresh, fresh),
    ]),
  ];
  const isMet = misses.length === 0;
  return { met: isMet, unknown: !isMet && misses.every(({ of }) => of === 'known'), misses };
}

function amountsOf({ per }: CoverageDemand, tier: string, { sources }: Measured): Amount[] {
  const all = sources.flatMap<Amount>(({ source, tiers, ...anywhere }) => {
    const found = tier === ANY_TIER ? anywhere : tiers.find((each) => each.tier === tier);
    if (found === undefined) return [];
    const { total, warm, fresh, unknown } = found;
    return [{ source, tier: tier === ANY_TIER ? null : tier, total, warm, fresh, unknown }];
  });
  const [first] = all;
  if (per === 'source' || first === undefined) return all;
  return [
    all.reduce((sum, one) => ({
      ...{ source: null, tier: first.tier, total: sum.total + one.total },
      ...{ warm: sum.warm + one.warm, fresh: sum.fresh + one.fresh, unknown: sum.unknown + one.unknown },
    })),
  ].map((sum) => ({ ...sum, source: null }));
}

/** What a tier did not say may be warm or not: it decides only where it can. */
function missOf(
  of: 'warm' | 'fresh',
  { source, tier, total, unknown: open }: Amount,
  part: number,
  wanted: number | undefined,
): DemandMiss[] {
  if (wanted === undefined || reaches(part, total, wanted)) return [];
  const where = `${source ?? 'all sources together'}${tier === null ? '' : ` in ${tier}`}`;
  if (reaches(part + open, total, wanted)) {
    const message = `${where}: whether ${percent(wanted)} are ${of} is not known: of ${count(open)} of ${counted(total, 'key')} a tier did not say`;
    return [unknown({ source, tier, part, total, wanted, message })];
  }
  const short = shortOf(part + open, total, wanted);
  const beside = open === 0 ? '' : `, were they all ${of} of which a tier did not say`;
  const message = `${where}: ${count(part)} of ${counted(total, 'key')} ${part === 1 || total === 1 ? 'is' : 'are'} ${of} (${percent(part / total)}), ${percent(wanted)} must be: ${counted(short, 'key')} short${beside}`;
  return [{ of, source, tier, part, total, wanted, short, message }];
}

function unknownSet({ entities, reason }: CoverageReport['unread'][number], wanted: number): DemandMiss {
  const message = `entity set "${entities}" cannot be read, so how many keys there are is not known: ${reason}`;
  return unknown({ message, wanted });
}

function unknown(miss: Partial<DemandMiss> & Pick<DemandMiss, 'message' | 'wanted'>): DemandMiss {
  return { of: 'known', source: null, tier: null, part: 0, total: 0, short: 0, ...miss };
}

/** As many digits as it takes to tell it from the whole: 99999 of 100,000 are not 100 %. */
function percent(share: number): string {
  const digits = [1, 2, 3, 4, 5].find((each) => share >= 1 || Number((share * 100).toFixed(each)) < 100) ?? 6;
  return `${Number((Math.floor(share * 100 * 10 ** digits + 1e-6) / 10 ** digits).toFixed(digits))} %`;
}
