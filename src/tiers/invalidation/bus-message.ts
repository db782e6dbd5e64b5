/** What messages of the bus look like, as text. */
import { z } from 'zod';
import { INVALIDATION_MODES } from '../../core/invalidation-mode.ts';
import { faultsOf, readWith } from '../../core/read-with.ts';
import type { ExtendWrite } from '../tier.ts';
import type { Fence } from './fences.ts';
import type { Invalidation } from './invalidation.ts';

export type Message =
  | ({ readonly kind: 'keys' } & Invalidation)
  | { readonly kind: 'fences'; readonly fences: readonly Fence[] };

const mode = z.enum(INVALIDATION_MODES);
const message = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('keys'),
    source: z.string(),
    keys: z.array(z.string()),
    mode,
    stamp: z.number(),
    at: z.number(),
  }),
  z.object({
    kind: z.literal('fences'),
    fences: z.array(z.object({ origin: z.string(), target: z.string(), mode, stamp: z.number() })),
  }),
]);

/** Throws on anything that is no message. */
export function readMessage(text: string): Message {
  return parsed(message, text);
}

const extensions = z.array(
  z.tuple([z.string(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]),
);

/** One row for each key, without names: there may be many. */
export function writeExtensions(writes: readonly ExtendWrite[]): string {
  return JSON.stringify(
    writes.map(({ key, stamp, checksum, times }) => [
      ...[key, stamp, checksum, times.fetchedAt, times.checkedAt, times.dueAt, times.staleAt, times.goneAt],
    ]),
  );
}

/** Throws on anything that `writeExtensions` did not write. */
export function readExtensions(text: string): ExtendWrite[] {
  const rows = parsed(extensions, text);
  return rows.map(([key, stamp, checksum, fetchedAt, checkedAt, dueAt, staleAt, goneAt]) => {
    const times = { fetchedAt, checkedAt, dueAt, staleAt, goneAt };
    return { kind: 'extend', key, stamp, checksum, times };
  });
}

/** The value of a field of a stream's message; empty where there is none. */
export function fieldOf(fields: readonly string[], name: string): string {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1] ?? '';
  return '';
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  const result = readWith(schema, JSON.parse(text));
  if (result.success) return result.data;
  throw new Error(faultsOf(result.error));
}
