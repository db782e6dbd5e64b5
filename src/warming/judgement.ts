/** Judging what an origin answered: each answer becomes a write, an end, or a reason to try again. */

import { crc32 } from 'node:zlib';
import { type Entry, type Head, NO_BODY, type Stamp } from '../core/entry.ts';
import { fractionOf } from '../core/fraction.ts';
import { timeOf, timesFrom } from '../core/freshness.ts';
import { type Params, paramsBeyondKey, type Source, tagsOf } from '../core/source.ts';
import type { Breath } from '../flow/breath.ts';
import { refusalOf } from '../origins/guard.ts';
import type { Fetched, FetchedBody } from '../origins/origin.ts';
import type { Fenced, Fences } from '../tiers/invalidation/fences.ts';
import type { Write } from '../tiers/tier.ts';
import type { Ended, Unfinished } from './warm-task.ts';

/** A key that the origin is asked for. */
export interface WantedKey {
  /** Its place among the task's keys. */
  readonly index: number;
  readonly key: string;
  /** Of what is stored. */
  readonly head: Head | undefined;
  readonly params: Params;
}

/** What the origin said of a key, and since when that holds. */
export interface Answered {
  readonly wanted: WantedKey;
  readonly answer: Fetched;
  readonly stamp: Stamp;
}

/** A value on its way into the tiers. */
export interface PendingWrite {
  readonly index: number;
  readonly outcome: 'warmed' | 'unchanged' | 'absent';
  readonly dueAt: number;
  /** When what it is made of was fetched, ms since the epoch. */
  readonly since: number;
  readonly write: Write;
  /** What fences judge it by. */
  readonly fenced: Fenced;
}

export interface Judged {
  readonly writes: readonly PendingWrite[];
  /** Ended without anything to write. */
  readonly ended: readonly Ended[];
  /** To be tried again. */
  readonly unfinished: readonly Unfinished[];
  /** Invalidated while they were fetched: to be fetched again at once. */
  readonly overtaken: readonly number[];
}

const NOT_STORED = 'the origin said "unchanged" of a value that is not stored';

/** In slices: one answer may have many megabytes, and so may many small ones together. */
export async function judgeAnswers(
  source: Source,
  answers: readonly Answered[],
  fences: Fences,
  breath: Breath,
  vectorProblem: (answer: FetchedBody) => string | undefined,
): Promise<Judged> {
  const writes: PendingWrite[] = [];
  const ended: Ended[] = [];
  const unfinished: Unfinished[] = [];
  const overtaken: number[] = [];
  for (const { wanted, answer, stamp } of answers) {
    if (breath.isDue) await breath.take();
    const { index, head } = wanted;
    if (answer.kind === 'body') {
      const { guard, format } = source;
      const length = vectorProblem(answer);
      const refused =
        length === undefined
          ? await refusalOf(guard, format, answer.body, breath, answer)
          : ({ rule: 'items', reason: length } as const);
      if (refused === undefined) writes.push(valueWrite(source, wanted, answer, stamp));
      else ended.push({ index, outcome: 'refused', ...refused, dueAt: undefined });
    } else if (answer.kind === 'absent') {
      writes.push(absenceWrite(source, wanted, stamp));
    } else if (answer.kind === 'unchanged') {
      if (head?.kind !== 'value') unfinished.push({ index, reason: NOT_STORED });
      // To extend what was dropped since it was looked up would bring it back.
      else if (fences.modeOf(head) === 'drop') overtaken.push(index);
      else writes.push(extension(source, index, head, stamp));
    } else {
      const reason = answer.error.message;
      if (answer.error.class !== 'permanent') unfinished.push({ index, reason });
      else ended.push({ index, outcome: 'failed', reason, dueAt: undefined });
    }
  }
  return { writes, ended, unfinished, overtaken };
}

/** The same for a key and a stamp in every process, and different for keys that were fetched together. */
function shortenedBy({ spread }: Source, key: string, stamp: Stamp): number {
  return spread === 0 ? 0 : spread * fractionOf(`${key} ${stamp}`);
}

function valueWrite(source: Source, wanted: WantedKey, fetched: FetchedBody, stamp: Stamp): PendingWrite {
  const { body, contentType, etag, lastModified, version, unusable } = fetched;
  const shortened = shortenedBy(source, wanted.key, stamp);
  const times = timesFrom(source.lifetime, timeOf(stamp), { shortened });
  const head: Head = {
    ...headOf(source, wanted, stamp, body),
    ...times,
    kind: 'value',
    ...(contentType === undefined ? {} : { contentType }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(version === undefined ? {} : { version }),
    ...(unusable === undefined ? {} : { unusable }),
    ...((etag ?? lastModified ?? version) === undefined ? {} : { asked: source.asks }),
  };
  return put(wanted.index, { head, body });
}

function absenceWrite(source: Source, wanted: WantedKey, stamp: Stamp): PendingWrite {
  const at = timeOf(stamp);
  const end = at + source.absentTtl;
  const times = { fetchedAt: at, checkedAt: at, dueAt: end, staleAt: end, goneAt: end };
  const head: Head = { ...headOf(source, wanted, stamp, NO_BODY), ...times, kind: 'absent' };
  return put(wanted.index, { head, body: NO_BODY });
}

function extension(source: Source, index: number, head: Head, stamp: Stamp): PendingWrite {
  const { key, fetchedAt } = head;
  const shortened = shortenedBy(source, key, stamp);
  const times = timesFrom(source.lifetime, timeOf(stamp), { fetchedAt, shortened });
  const write = { kind: 'extend', key: head.key, stamp, times, checksum: head.checksum } as const;
  const fenced = { ...head, stamp };
  return { index, outcome: 'unchanged', dueAt: times.dueAt, since: timeOf(stamp), write, fenced };
}

function put(index: number, entry: Entry): PendingWrite {
  const { head } = entry;
  const since = timeOf(head.stamp);
  const outcome = head.kind === 'absent' ? 'absent' : 'warmed';
  return { index, outcome, dueAt: head.dueAt, since, write: { kind: 'put', entry }, fenced: head };
}

function headOf(source: Source, { key, params }: WantedKey, stamp: Stamp, body: Uint8Array) {
  const beyond = paramsBeyondKey(source, params);
  return {
    key,
    source: source.name,
    stamp,
    format: source.format,
    tags: tagsOf(source, params),
    bodyBytes: body.byteLength,
    checksum: crc32(body),
    ...(beyond === undefined ? {} : { params: beyond }),
  };
}
