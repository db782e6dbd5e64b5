/** What a validation finds: counts by kind, and some of each. */
import type { z } from 'zod';
import { FINDINGS, type Finding, type FindingKind, type findingsView } from './maintenance-shapes.ts';

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
