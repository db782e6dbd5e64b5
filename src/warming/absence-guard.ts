/**
 * Missing is no proof. What an origin has no more is believed when it says so twice, and a lot at once only some time apart. Of a key
 * that never had a value one answer is enough, unless it is only left out, together with many others or all of its call.
 */
import type { Absences } from '../catalog/absences.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { isServable } from '../core/freshness.ts';
import { judgeAbsence, judgeLeftOut, type LeftOutVerdict, looksApart } from '../policy/absence.ts';
import type { Answered, WantedKey } from './judgement.ts';
import type { ResultWriter } from './result-writer.ts';
import type { Ended, Unfinished, WarmTask } from './warm-task.ts';

export interface AbsenceGuardDeps {
  readonly absences: Absences;
  readonly clock: Clock;
  readonly events: Events;
}

/** Where keys go of which it is decided. */
type Ends = Pick<ResultWriter, 'put' | 'end'> & { readonly unfinished: Unfinished[] };

interface Judged {
  readonly answered: Answered;
  readonly verdict: LeftOutVerdict;
}

/** Of one task. Absences that are no proof yet are held back until all of its calls were made. */
export class AbsenceGuard {
  readonly #deps: AbsenceGuardDeps;
  readonly #task: Pick<WarmTask, 'source' | 'acceptAbsent'>;
  #held: Answered[] = [];
  /** Keys without a value that a call left out. */
  #leftOut: Judged[] = [];
  /** Asked for once more: what is absent now is believed. */
  readonly #confirming = new Set<number>();

  constructor(deps: AbsenceGuardDeps, task: Pick<WarmTask, 'source' | 'acceptAbsent'>) {
    this.#deps = deps;
    this.#task = task;
  }

  /** Of the answers of one call, those that can be taken as they are. */
  sift(answers: readonly Answered[]): readonly Answered[] {
    if (this.#task.acceptAbsent === true) return answers;
    const now = this.#deps.clock.now();
    const stored = ({ wanted: { head } }: Answered) => (isServable(head, now) ? head.kind : 'none');
    const short = answers.filter((each) => doubtOf(each) !== undefined && stored(each) === 'none');
    const given = answers.filter(({ answer: { kind } }) => kind === 'body' || kind === 'unchanged').length;
    return answers.filter((answered) => {
      if (answered.answer.kind !== 'absent') return true;
      const isSecond = this.#confirming.has(answered.wanted.index);
      const doubt = doubtOf(answered);
      if (stored(answered) === 'value') {
        if (!isSecond) this.#held.push(answered);
        return isSecond;
      }
      if (doubt === undefined || stored(answered) === 'absent') return true;
      const from = { asked: answers.length, given, leftOut: short.length, doubt, isSecond };
      const verdict = judgeLeftOut(from, { share: this.#task.source.absence });
      if (verdict.kind !== 'believe') this.#leftOut.push({ answered, verdict });
      return verdict.kind === 'believe';
    });
  }

  /** Ends what is refused and hands on what is believed. Returns the keys that are to be asked for once more. */
  async settle(ends: Ends): Promise<readonly WantedKey[]> {
    const again = [...(await this.#settleVanished(ends)), ...(await this.#settleLeftOut(ends))];
    for (const { index } of again) this.#confirming.add(index);
    return again;
  }

  async #settleVanished(ends: Ends): Promise<readonly WantedKey[]> {
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
    const judged = held.map((answered, i) => {
      const vanishing = { saidAt: saidAt[i] ?? now, doubt: doubtOf(answered) };
      return { answered, verdict: judgeAbsence(vanishing, from) };
    });
    return this.#carryOut(judged, ends, 'values:vanished');
  }

  async #settleLeftOut(ends: Ends): Promise<readonly WantedKey[]> {
    const leftOut = this.#leftOut.splice(0);
    if (leftOut.length === 0) return [];
    const { source } = this.#task;
    const now = this.#deps.clock.now();
    const keys = leftOut.map(({ answered }) => answered.wanted.key);
    const saidAt = await this.#deps.absences.leftOut(source.name, keys, now);
    // Nobody would believe it for longer than that.
    const apart = looksApart(Math.min(source.lifetime.ttl, source.absentTtl));
    const judged = leftOut.map(({ answered, verdict }, i) => {
      const isOld = now - (saidAt[i] ?? now) >= apart;
      return { answered, verdict: isOld && verdict.kind !== 'again' ? BELIEVE : verdict };
    });
    return this.#carryOut(judged, ends, 'values:doubted');
  }

  async #carryOut(
    judged: readonly Judged[],
    ends: Ends,
    event: 'values:vanished' | 'values:doubted',
  ): Promise<readonly WantedKey[]> {
    const believed: Answered[] = [];
    const again: WantedKey[] = [];
    const refused: Ended[] = [];
    for (const { answered, verdict } of judged) {
      const { wanted } = answered;
      if (verdict.kind === 'believe') believed.push(answered);
      else if (verdict.kind === 'confirm') again.push(wanted);
      else if (verdict.kind === 'again')
        ends.unfinished.push({ index: wanted.index, reason: verdict.reason });
      else refused.push({ ...REFUSED, index: wanted.index, reason: verdict.reason });
    }
    ends.put(believed);
    await ends.end(refused);
    const [first] = refused;
    if (first === undefined) return again;
    const { reason } = first;
    this.#deps.events.emit(event, { source: this.#task.source.name, keys: refused.length, reason });
    return again;
  }
}

const REFUSED = { outcome: 'refused', rule: 'absence', dueAt: undefined } as const;

const BELIEVE: LeftOutVerdict = { kind: 'believe' };

function doubtOf({ answer }: Answered): string | undefined {
  return answer.kind === 'absent' ? answer.doubt : undefined;
}
