/** Lines about tiers, and the fences over what they hold. */
import { count, counted, countedWith } from '../../core/counted.ts';
import type { EventMap } from '../../core/events.ts';
import { because, type LogLine, line } from './line.ts';

export const tierLines: readonly LogLine[] = [
  line('tier.call-failed', 'tier:call', {
    level: 'debug',
    when: 'A call of a tier failed.',
    fields: ['tier', 'verb', 'keys', 'ms', 'ok'],
    if: ({ ok }) => !ok,
    text: ({ tier, verb }) => `tier ${tier}: ${verb} failed`,
  }),
  line('tier.stopped', 'tier:breaker', {
    level: 'warn',
    when: 'A tier fails, and is not asked for a while: the breaker of its reads or writes is open.',
    fields: ['tier', 'of', 'reason'],
    if: ({ state }) => state === 'open',
    text: ({ tier, of, reason }) => `tier ${tier}: no ${of} for a while${because(reason)}`,
  }),
  line('tier.recovered', 'tier:breaker', {
    level: 'info',
    when: 'Reads or writes of a tier work again.',
    fields: ['tier', 'of'],
    if: ({ state }) => state === 'closed',
    text: ({ tier, of }) => `tier ${tier}: ${of} have recovered`,
  }),
  line('tier.tried', 'tier:breaker', {
    level: 'debug',
    when: 'A tier that was not asked for a while is tried.',
    fields: ['tier', 'of', 'reason'],
    text: ({ tier, of }) => `tier ${tier}: ${of} are being tried`,
  }),
  line('tier.uncompressed', 'tier:uncompressed', {
    level: 'warn',
    when: 'A body could not be compressed, and is stored without that.',
    fields: ['tier', 'key', 'reason'],
    text: ({ tier, reason }) => `tier ${tier}: a body is stored uncompressed: ${reason}`,
  }),
  line('tier.corrupt', 'tier:corrupt', {
    level: 'warn',
    when: 'An entry cannot be read back as it was written, and counts as missing.',
    fields: ['tier', 'key', 'reason'],
    text: ({ tier, reason }) => `tier ${tier}: a stored entry is corrupt: ${reason}`,
  }),
  line('tier.overflowing', 'tier:overflowing', {
    level: 'warn',
    when: 'A tier does not hold what it is given, and is not filled for a while.',
    fields: ['tier', 'lost', 'sample', 'evicted'],
    text: (payload) =>
      `tier ${payload.tier} does not hold what it is given: ${lossOf(payload)}; it is not filled for a while`,
  }),
  line('tier.repaired', 'tier:repaired', {
    level: 'info',
    when: 'Entries that a tier had missed were written to it.',
    fields: ['tier', 'keys', 'left'],
    text: ({ tier, keys, left }) =>
      `tier ${tier}: ${counted(keys, 'missed entry', 'missed entries')} written${left === 0 ? '' : `, ${left} to go`}`,
  }),
  line('tier.reencrypted', 'tier:reencrypted', {
    level: 'info',
    when: 'Entries were encrypted again, with the current key.',
    fields: ['tier', 'keys'],
    text: ({ tier, keys }) =>
      `tier ${tier}: ${counted(keys, 'entry', 'entries')} encrypted with the current key`,
  }),
  line('fences.restored', 'fences:restored', {
    level: 'warn',
    when: 'The jobs Redis had lost invalidations by tag, prefix or source, which hold again.',
    fields: ['count'],
    text: ({ count: lost }) =>
      `the jobs Redis had lost ${counted(lost, 'invalidation')} by tag, prefix or source, which hold again`,
  }),
];

function lossOf({ lost, sample, evicted }: EventMap['tier:overflowing']): string {
  if (evicted > 0)
    return `${countedWith(evicted, 'key', ['was', 'were'])} pushed out while others were copied there`;
  return `${count(lost)} of ${counted(sample, 'key')} gone after others were copied there`;
}
