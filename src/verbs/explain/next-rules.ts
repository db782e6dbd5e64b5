/** When a key is next due, and why then. Exactly one applies. */

import { timesFrom } from '../../core/freshness.ts';
import { roundDuration } from '../../core/units.ts';
import { instantText } from '../../core/written-time.ts';
import { NEXT_CAUSES, type NextCause } from './causes.ts';
import type { KeyFacts } from './key-facts.ts';
import { firstOnly, type Said } from './told.ts';

const DECISIVE: Readonly<Record<NextCause, (facts: KeyFacts) => Said>> = {
  'not-known': ({ silence }) => silence && `When it is next due is not known: ${silence}.`,
  never: ({ record }) => (record === undefined ? 'It is never due: no run has taken it up.' : undefined),
  'after-quarantine': ({ record }) =>
    record?.failure?.quarantined === true
      ? {
          sentence: `It is in quarantine, and due again at ${instantText(record.dueAt)}.`,
          until: record.dueAt,
        }
      : undefined,
  'after-failure': ({ record, source }) => {
    if (record?.failure === undefined) return undefined;
    const wait = roundDuration(Math.max(0, record.dueAt - record.failure.at));
    return {
      sentence: `After an attempt that did not succeed it is due ${wait} later, a tenth of its ttl of ${roundDuration(source.lifetime.ttl)} within bounds.`,
      until: record.dueAt,
    };
  },
  now: ({ record, now }) =>
    record !== undefined && record.dueAt <= now
      ? { sentence: `It is due since ${instantText(record.dueAt)}.`, until: record.dueAt }
      : undefined,
  'refresh-ahead': ({ record, head, source }) => {
    if (record === undefined || head === undefined || record.dueAt !== head.dueAt) return undefined;
    const { ttl, refreshAhead } = source.lifetime;
    const plain = timesFrom(source.lifetime, head.checkedAt).dueAt === head.dueAt;
    const share = `${Math.round(refreshAhead * 100)} %`;
    const spread = plain ? '' : `, less a part of it, so that what was fetched together is not due together`;
    const what =
      head.kind === 'absent' ? 'the time that an absence is believed' : `its ttl of ${roundDuration(ttl)}`;
    return { sentence: `It is due at ${share} of ${what}${spread}.`, until: record.dueAt };
  },
  'in-hand': ({ record }) =>
    record && {
      sentence: 'A job has it in hand, or put it off; it is due then at the latest.',
      until: record.dueAt,
    },
};

/** Each applies only where none before it does. */
export const NEXT_RULES = firstOnly(NEXT_CAUSES, DECISIVE);
