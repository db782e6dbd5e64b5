/** Missing is no proof: what an origin has no more is believed when it says so twice, and a lot at once only some time apart. */
import type { Absences } from '../catalog/absences.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { isServable } from '../core/freshness.ts';
import { judgeAbsence } from '../policy/absence.ts';
import type { Answered, WantedKey } from './judgement.ts';
import type { ResultWriter } from './result-writer.ts';
import type { Ended, WarmTask } from './warm-task.ts';

export interface AbsenceGuardDeps {
  readonly absences: Absences;
  readonly clock: Clock;
  readonly events: Events;
}

/** Of one task. Absences of keys that have a value are held back until all of its calls were made. */
export class AbsenceGuard {
  readonly #deps: AbsenceGuardDeps;
  readonly #task: Pick<WarmTask, 'source' | 'acceptAbsent'>;
  #held: Answered[] = [];
  /** Asked for once more: what is absent now is believed. */
  readonly #confirming = new Set<number>();

  constructor(deps: AbsenceGuardDeps, task: Pick<WarmTask, 'source' | 'acceptAbsent'>) {
    this.#deps = deps;
    this.#task = task;
  }

  /** The answers that can be taken as they are. */
  sift(answers: readonly Answered[]): readonly Answered[] {
    if (this.#task.acceptAbsent === true) return answers;
    const now = this.#deps.clock.now();
    return answers.filter((answered) => {
      const { wanted, answer } = answered;
      if (answer.kind !== 'absent' || this.#confirming.has(wanted.index)) return true;
      if (wanted.head?.kind !== 'value' || !isServable(wanted.head, now)) return true;
      this.#held.push(answered);
      return false;
    });
  }

  /** Ends what is refused and hands on what is believed. Returns the keys that are to be asked for once more. */
  async settle(writer: Pick<ResultWriter, 'put' | 'end'>): Promise<readonly WantedKey[]> {
    const held = this.#held.splice(0);
    if (held.length === 0) return [];
    const { source } = this.#task;
    const now = this.#deps.clock.now();
    const values = held.map(({ wanted }) => ({ key: wanted.key, stamp: wanted.head?.stamp ?? 0 }));
    const { saidAt, recent, kept } = await this.#deps.absences.look(source.name, values, now);
    const from = {
      ...{ share: source.absence, values: Math.max(kept, held.length), recent, now },
      ttl: source.lifetime.ttl,
    };
    const believed: Answered[] = [];
    const again: WantedKey[] = [];
    const refused: Ended[] = [];
    for (const [i, answered] of held.entries()) {
      const { wanted, answer } = answered;
      const doubt = answer.kind === 'absent' ? answer.doubt : undefined;
      const verdict = judgeAbsence({ saidAt: saidAt[i] ?? now, doubt }, from);
      if (verdict.kind === 'believe') believed.push(answered);
      else if (verdict.kind === 'confirm') again.push(wanted);
      else {
        const { reason } = verdict;
        refused.push({ index: wanted.index, outcome: 'refused', reason, dueAt: undefined });
      }
    }
    writer.put(believed);
    for (const { index } of again) this.#confirming.add(index);
    await writer.end(refused);
    const [first] = refused;
    if (first !== undefined)
      this.#deps.events.emit('values:vanished', {
        source: source.name,
        keys: refused.length,
        reason: first.reason,
      });
    return again;
  }
}
