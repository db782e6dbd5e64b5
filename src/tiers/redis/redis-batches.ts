/** Cuts a batch of Redis keys into calls. */
import slotOf from 'cluster-key-slot';

/** A call takes no more keys than this, and no more bytes unless one payload alone has more: Redis serves no other client meanwhile. */
export const MAX_KEYS = 200;
export const MAX_BYTES = 2 ** 20;

/**
 * The places of `keys`, each in one call, in the order of the keys within a call. Writes of one key are never in two
 * calls out of order. In a cluster a call holds keys of one slot only.
 */
export function batchesOf(
  keys: readonly string[],
  clustered: boolean,
  payloads: readonly Uint8Array[] = [],
): number[][] {
  const batches: number[][] = [];
  const open = new Map<number, { readonly batch: number[]; bytes: number }>();
  for (const [i, key] of keys.entries()) {
    const slot = clustered ? slotOf(key) : 0;
    const bytes = payloads[i]?.byteLength ?? 0;
    let call = open.get(slot);
    if (call === undefined || call.batch.length >= MAX_KEYS || call.bytes + bytes > MAX_BYTES) {
      call = { batch: [], bytes: 0 };
      open.set(slot, call);
      batches.push(call.batch);
    }
    call.batch.push(i);
    call.bytes += bytes;
  }
  return batches;
}
