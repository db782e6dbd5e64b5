/** What a validation finds: counts by kind, and some of each. */
import { z } from 'zod';

/** The kinds of findings. Those that are not wrong are reported all the same: a tier may evict. */
export const FINDINGS = [
  { kind: 'damaged', wrong: true, meaning: 'a head or a body is not as it was written' },
  { kind: 'head', wrong: true, meaning: 'the times of a head are out of order' },
  { kind: 'disagreement', wrong: true, meaning: 'a tier holds another value than the newest' },
  { kind: 'orphan-entry', wrong: true, meaning: 'an entry belongs to no source that is configured' },
  { kind: 'orphan-key', wrong: true, meaning: 'a catalogued key belongs to no source that is configured' },
  { kind: 'unstored', wrong: true, meaning: 'a catalogued key is in no tier' },
  { kind: 'uncatalogued', wrong: true, meaning: 'an entry is not in the catalog' },
  { kind: 'lacking', wrong: false, meaning: 'a tier lacks an entry that another has' },
] as const;
export type FindingKind = (typeof FINDINGS)[number]['kind'];

export const finding = z.object({
  key: z.string(),
  tier: z.string().nullable().describe('Null where it is not about one tier.'),
  reason: z.string(),
});
export type Finding = z.infer<typeof finding>;

export const findingsView = z.array(
  z.object({
    kind: z.enum(FINDINGS.map(({ kind }) => kind)),
    found: z.int(),
    repaired: z.int(),
    wrong: z.boolean().describe('Something of this kind is wrong, and was not repaired.'),
    samples: z.array(finding),
  }),
);

export class Findings {
  readonly #samples: number;
  readonly #found = new Map<FindingKind, number>();
  readonly #repaired = new Map<FindingKind, number>();
  readonly #some = new Map<FindingKind, Finding[]>();

  /** `samples` is how many of each kind are named. */
  constructor(samples: number) {
    this.#samples = samples;
  }

  add(kind: FindingKind, finding: Finding): void {
    this.#found.set(kind, (this.#found.get(kind) ?? 0) + 1);
    const some = this.#some.get(kind) ?? [];
    this.#some.set(kind, some);
    if (some.length < this.#samples) some.push(finding);
  }

  repaired(kind: FindingKind, count: number): void {
    this.#repaired.set(kind, (this.#repaired.get(kind) ?? 0) + count);
  }

  report(): z.infer<typeof findingsView> {
    return FINDINGS.map(({ kind, wrong }) => {
      const found = this.#found.get(kind) ?? 0;
      const repaired = Math.min(found, this.#repaired.get(kind) ?? 0);
      return { kind, found, repaired, wrong: wrong && found > repaired, samples: this.#some.get(kind) ?? [] };
    });
  }
}
