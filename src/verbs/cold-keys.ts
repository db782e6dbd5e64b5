/** The keys of a selection that are warm in no tier: how many for which reason, and some of them by name. */
import type { CatalogRecord } from '../catalog/catalog.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { Found } from './coverage-rows.ts';
import type { CoverageReport } from './coverage-shapes.ts';
import { DELAY_RULES } from './explain/delay-rules.ts';
import type { KeyFacts } from './explain/key-facts.ts';
import { silentTiersOf } from './explain/silent-tiers.ts';
import type { FactsOfSource } from './explain/source-facts.ts';
import { tell } from './explain/told.ts';
import { WHY_RULES } from './explain/why-rules.ts';
import type { KnownRecords } from './known-records.ts';

/** Of rows of entity sets, which count as keys that are missing. */
const UNKEYED = 'a row of an entity set lacks a value of the key';
/** Reasons in a report. */
const REASONS = 5;

export interface ColdKeysDeps {
  readonly stack: Pick<Stack, 'tiers' | 'fences'>;
  readonly records: KnownRecords;
  readonly factsOf: FactsOfSource;
  /** How many are named. */
  readonly samples: number;
}

type Sample = Omit<KeyFacts, 'around'>;

export class ColdKeys {
  readonly #deps: ColdKeysDeps;
  readonly #reasons = new Map<string, number>();
  readonly #samples: Sample[] = [];

  constructor(deps: ColdKeysDeps) {
    this.#deps = deps;
  }

  /** Those of a page that are not warm, by what the catalog knows of their last attempt. */
  async add({ source, keys, unkeyed }: SelectedKeys, found: Found, now: number): Promise<void> {
    const { records, samples } = this.#deps;
    if (unkeyed > 0) this.#count(UNKEYED, unkeyed);
    const cold = keys.filter((key) => !found.warm.has(key));
    if (cold.length === 0) return;
    const known = await records.get(source.name, cold);
    for (const [i, key] of cold.entries()) {
      const record = known[i];
      this.#count(reasonOf(record, records.silence), 1);
      if (this.#samples.length >= samples) continue;
      const head = found.heads.get(key);
      this.#samples.push({
        ...{ key, source, now, head, record, silence: records.silence },
        fences: head === undefined ? [] : this.#deps.stack.fences.over(head),
        silent: silentTiersOf(this.#deps.stack, key, (tier) => found.silent.get(tier)),
        ...{ readFailure: undefined, sets: undefined, runs: undefined },
      });
    }
  }

  /** The most frequent first. */
  get reasons(): CoverageReport['reasons'] {
    const sorted = [...this.#reasons].sort(([, a], [, b]) => b - a).slice(0, REASONS);
    return sorted.map(([reason, keys]) => ({ reason, keys }));
  }

  /** What holds a source up is asked once for all of its keys. */
  async named(): Promise<CoverageReport['cold']> {
    return Promise.all(
      this.#samples.map(async (sample) => {
        const facts = { ...sample, around: await this.#deps.factsOf(sample.source) };
        const [why, delay] = [tell(WHY_RULES, facts)[0], tell(DELAY_RULES, facts)[0]];
        const said = [why, delay].flatMap((told) => told ?? []);
        return {
          ...{ key: sample.key, source: sample.source.name, cause: (delay ?? why)?.cause ?? '' },
          reason: said.map(({ sentence }) => sentence).join(' '),
        };
      }),
    );
  }

  #count(reason: string, keys: number): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + keys);
  }
}

function reasonOf(record: CatalogRecord | undefined, silence: string | undefined): string {
  if (record === undefined) return silence ?? 'never warmed';
  const { failure } = record;
  if (failure === undefined) return 'waits to be fetched';
  return `${failure.quarantined ? 'in quarantine, ' : ''}${failure.outcome}: ${failure.reason}`;
}
