/** How call records are written in Redis. */
import { z } from 'zod';
import { type CallRecord, coarse } from '../core/call-record.ts';

const count = z.number().min(0);
const buckets = z.array(z.tuple([z.int().min(0), count])).max(1_000);

export const callRecord = z.object({
  ...{ keys: count, planned: count, calls: count, failed: count },
  ...{ values: count, unchanged: count, absent: count, bytes: count, took: buckets, sizes: buckets },
  // Of an older version there is nothing of these.
  ...{ renewed: count.default(0), renewedBytes: count.default(0) },
});

/** Whatever else stands beside the record stays as it is. */
export function writtenCalls<T extends CallRecord>(calls: T): T {
  return { ...calls, took: coarse(calls.took), sizes: coarse(calls.sizes) };
}
