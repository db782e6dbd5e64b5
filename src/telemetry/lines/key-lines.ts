/** Lines about keys and values, and the sources they are of. */
import { count, counted, countedWith } from '../../core/counted.ts';
import { HOUR_MS } from '../../core/units.ts';
import { type LogLine, line } from './line.ts';

export const keyLines: readonly LogLine[] = [
  line('key.refused', 'key:refused', {
    level: 'warn',
    when: 'A guard refused a body: what is stored, if anything is, stays.',
    fields: ['source', 'key', 'reason'],
    text: ({ source, reason }) => `${source}: a body was refused, and not written: ${reason}`,
  }),
  line('key.failed', 'key:failed', {
    level: 'warn',
    when: 'Every attempt at a key failed: it is a dead letter now.',
    fields: ['source', 'key', 'reason', 'run'],
    text: ({ source, reason }) => `${source}: a key failed for good: ${reason}`,
  }),
  line('keys.lost', 'keys:lost', {
    level: 'warn',
    when: 'Keys that were taken for warm are in no tier, and are fetched again.',
    fields: ['source', 'keys'],
    text: ({ source, keys }) =>
      `${source}: ${countedWith(keys, 'key', ['was', 'were'])} in no tier any more, and fetched again; where that goes on, a tier has no room for its keys`,
  }),
  line('values.vanished', 'values:vanished', {
    level: 'warn',
    when: 'An origin says that it has values no more, and is not believed yet: the old ones stay.',
    fields: ['source', 'keys', 'reason'],
    text: ({ source, keys, reason }) =>
      `${source}: ${counted(keys, 'value')} vanished at the origin, and the old ones stay: ${reason}; to believe it now: warm --accept-absent`,
  }),
  line('values.doubted', 'values:doubted', {
    level: 'warn',
    when: 'Keys have no value yet, and that the origin has none is not believed at once.',
    fields: ['source', 'keys', 'reason'],
    text: ({ source, keys, reason }) =>
      `${source}: ${countedWith(keys, 'key', ['has', 'have'])} no value, and that there is none is not believed yet: ${reason}; to believe it now: warm --accept-absent`,
  }),
  line('metadata.unusable', 'metadata:unusable', {
    level: 'warn',
    when: 'What an origin gives beside a value, such as its ETag, cannot be used; told once an hour of each source.',
    fields: ['source', 'key', 'reason'],
    // What an origin does to one value it does to all.
    same: ({ source }) => source,
    window: HOUR_MS,
    text: ({ source, reason }) =>
      `${source}: values are kept, but not all that their origin says of them: ${reason}`,
  }),
  line('source.shrank', 'source:shrank', {
    level: 'warn',
    when: 'Entity sets lack a large part of what a source keeps warm; it is kept until a second look.',
    fields: ['source', 'missing', 'keys', 'lately'],
    text: ({ source, missing, keys, lately }) =>
      `${source}: its entity sets lack ${count(missing)} of ${counted(keys, 'key')}${lately === 0 ? '' : `, and ${count(lately)} were forgotten within the hour`}; they are kept warm until a second look says the same`,
  }),
  line('source.moved', 'source:moved', {
    level: 'info',
    when: 'The version that all values of a source share is another one: every key is refreshed.',
    fields: ['source', 'from', 'to'],
    text: ({ source }) => `${source}: its version moved, and every key is refreshed`,
  }),
];
