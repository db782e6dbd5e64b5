/** The items of a batch answer, by id. One that cannot be told whose it is spoils nothing but itself. */
import { OriginError } from '../../core/errors.ts';
import { textOfScalar } from '../../core/exact-json.ts';
import { quote } from '../../core/quote.ts';
import type { Breath } from '../../flow/breath.ts';
import { isEqual } from '../../flow/equal.ts';
import { readPath } from '../json-path.ts';
import type { HttpBatch } from './request.ts';

/** Boxed, to tell an item that is `undefined` or `null` from one that is not there. `problem`: why it cannot be used. */
interface BatchItem {
  readonly value: unknown;
  readonly problem?: string;
}

interface BatchItems {
  readonly byId: ReadonlyMap<string, BatchItem>;
  /** Whether there are items that name no key: any that is not there may be one of them. A `null` is no item. */
  readonly hasNameless: boolean;
  /** How many there are, each once, and `null` among them. */
  readonly count: number;
}

/** Rejects with a permanent `OriginError` when there are no items where the batch says. */
export async function itemsById(
  batch: Pick<HttpBatch, 'items' | 'id'>,
  answer: unknown,
  breath: Breath,
): Promise<BatchItems> {
  const items = readPath(answer, batch.items);
  if (Array.isArray(items)) return listed(batch, items, breath);
  if (typeof items === 'object' && items !== null) {
    const byId = Object.entries(items).map(([id, value]) => [id, mapped(batch, id, value)] as const);
    return { byId: new Map(byId), hasNameless: false, count: byId.length };
  }
  const message = `the batch answer has no list or map at "${batch.items.join('.')}"`;
  throw new OriginError('permanent', message, { refusesBatch: true });
}

async function listed(
  batch: Pick<HttpBatch, 'id'>,
  items: readonly unknown[],
  breath: Breath,
): Promise<BatchItems> {
  const byId = new Map<string, BatchItem>();
  let nameless = 0;
  let nulls = 0;
  for (const [i, value] of items.entries()) {
    if (breath.isDueAt(i)) await breath.take();
    const id = textOfScalar(readPath(value, batch.id));
    if (id !== undefined) {
      const other = byId.get(id);
      byId.set(id, other === undefined ? { value } : await together(id, value, other, breath));
    } else if (value === null) nulls += 1;
    else nameless += 1;
  }
  return { byId, hasNameless: nameless > 0, count: byId.size + nulls + nameless };
}

/** Which of two values is the key's nobody can say, so neither is taken. */
async function together(id: string, value: unknown, other: BatchItem, breath: Breath): Promise<BatchItem> {
  if (await isEqual(value, other.value, breath)) return other;
  return { value, problem: `the batch answer has ${quote(id)} more than once, with different values` };
}

/** The name in the map counts, unless the item says itself that it is another's. Upper and lower case are one. */
function mapped({ id: path }: Pick<HttpBatch, 'id'>, id: string, value: unknown): BatchItem {
  const own = path.length === 0 ? undefined : textOfScalar(readPath(value, path));
  if (own === undefined || own.toLowerCase() === id.toLowerCase()) return { value };
  const problem = `the batch answer has under ${quote(id)} an item whose "${path.join('.')}" is ${quote(own)}`;
  return { value, problem };
}
