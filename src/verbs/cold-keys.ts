/** The keys of a selection that are warm in no tier: how many for which reason, and some of them by name. */
import type { CatalogRecord } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { Breath } from '../flow/breath.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { Found } from './coverage-rows.ts';
import type { CoverageReport } from './coverage-shapes.ts';
import { DELAY_RULES } from './explain/delays.ts';
import type { KeyFacts } from './explain/key-facts.ts';
import type { FactsOfSource } from './explain/source-facts.ts';
import { tell } from './explain/told.ts';
import { WHY_RULES } from './explain/why-rules.ts';
import type { KnownRecords } from './known-records.ts';

/** Of rows of entity sets, which count as keys that are missing. */
const UNKEYED = 'a row of an entity set lacks a value of the key';
/** Reasons in a report. */
const REASONS = 5;
/** Reasons that are counted apart: an origin may word each as it likes. */
const MOST_REASONS = 1_000;
const OTHERS = 'other reasons';

export interface ColdKeysDeps {
  readonly stack: Pick<Stack, 'fences'>;
  readonly records: KnownRecords;
  readonly factsOf: FactsOfSource;
  readonly clock: Clock;
  /** How many are named. */
  readonly samples: number;
}

/** Keys that are cold for the same, and how the first of them puts it. */
interface Reason {
  readonly example: string;
  readonly keys: number;
}

/** The method and the address of a call, which are of one key: what came of it is what many have in common. */
const CALLED = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|QUERY) \S+/;

type Sample = Pick<KeyFacts, 'key' | 'source' | 'now' | 'head' | 'record' | 'silence'>;

export class ColdKeys {
  readonly #deps: ColdKeysDeps;
  readonly #reasons = new Map<string, Reason>();
  readonly #samples: Sample[] = [];

  constructor(deps: ColdKeysDeps) {
    this.#deps = deps;
  }

  /**
   * Those of a page that are not warm, by what the catalog knows of their last attempt. A key that a tier may have which did not answer
   * is not cold, as far as anybody knows.
   */
  async add({ source, keys, unkeyed }: SelectedKeys, found: Found, now: number): Promise<void> {
    const { records, samples } = this.#deps;
    if (unkeyed > 0) this.#count(UNKEYED, unkeyed);
    const cold: string[] = [];
    for (const key of keys) {
      if (found.warm.has(key)) continue;
      const tier = found.unknown.get(key);
      if (tier === undefined) cold.push(key);
      else this.#count(`not known: ${found.silent.get(tier) ?? `tier "${tier}" did not answer`}`, 1);
    }
    if (cold.length === 0) return;
    const known = await records.get(source.name, cold);
    for (const [i, key] of cold.entries()) {
      const record = known[i];
      this.#count(reasonOf(record, records.silence), 1);
      if (this.#samples.length >= samples) continue;
      this.#samples.push({ key, source, now, head: found.heads.get(key), record, silence: records.silence });
    }
  }

  /** The most frequent first. */
  get reasons(): CoverageReport['reasons'] {
    const sorted = [...this.#reasons].sort(([, a], [, b]) => b.keys - a.keys).slice(0, REASONS);
    return sorted.map(([alike, { example, keys }]) => ({
      reason: keys === 1 || example === alike ? example : `${alike}, such as ${calledIn(example)}`,
      keys,
    }));
  }

  /** What holds a source up is asked once for all of its keys. */
  async named(): Promise<CoverageReport['cold']> {
    const breath = new Breath(this.#deps);
    const named: CoverageReport['cold'] = [];
    for (const sample of this.#samples) {
      named.push(await this.#nameOf(sample));
      if (breath.isDue) await breath.take();
    }
    return named;
  }

  async #nameOf(sample: Sample): Promise<CoverageReport['cold'][number]> {
    const { stack, factsOf } = this.#deps;
    const { key, source, head } = sample;
    const facts = {
      ...{ ...sample, fences: head === undefined ? [] : stack.fences.over(head), silent: [] },
      ...{ readFailure: undefined, sets: undefined, runs: undefined, around: await factsOf(source) },
    };
    const [why, delay] = [tell(WHY_RULES, facts)[0], tell(DELAY_RULES, facts)[0]];
    const said = [why, delay].flatMap((told) => told ?? []);
    return {
      ...{ key, source: source.name, cause: (delay ?? why)?.cause ?? '' },
      reason: said.map(({ sentence }) => sentence).join(' '),
    };
  }

  #count(reason: string, keys: number): void {
    const alike = reason.replace(CALLED, 'a call');
    const isNew = !this.#reasons.has(alike);
    const counted = isNew && this.#reasons.size >= MOST_REASONS ? OTHERS : alike;
    const known = this.#reasons.get(counted) ?? { example: counted === OTHERS ? OTHERS : reason, keys: 0 };
    this.#reasons.set(counted, { ...known, keys: known.keys + keys });
  }
}

function calledIn(reason: string): string {
  return CALLED.exec(reason)?.[0] ?? reason;
}

function reasonOf(record: CatalogRecord | undefined, silence: string | undefined): string {
  if (record === undefined) return silence ?? 'never warmed';
  const { failure } = record;
  if (failure === undefined) return 'waits to be fetched';
  return `${failure.quarantined ? 'in quarantine, ' : ''}${failure.outcome}: ${failure.reason}`;
}
