/** The beginning of a value, for people: as much as a page can show. */
import { z } from 'zod';
import { headView } from '../../verbs/inspection-shapes.ts';
import { answer, silentTier } from '../../verbs/shapes.ts';
import { KEY_IN_PATH, keyInPath } from '../key-in-path.ts';
import type { RouteContext, Server } from '../server.ts';

/** Bytes that are shown. */
const BYTES = { usual: 16_384, most: 1_048_576 } as const;

const previewQuery = z.strictObject({
  bytes: z.coerce
    .number()
    .int()
    .min(1)
    .max(BYTES.most)
    .default(BYTES.usual)
    .describe('How much of the body, at the most.'),
});

const previewView = z.object({
  key: z.string(),
  state: answer(),
  tier: z.string().nullable().describe('The tier that answered.'),
  head: headView.nullable().describe('Null where nothing servable is stored.'),
  encoding: z
    .enum(['text', 'base64'])
    .describe('How `body` stands here: as text, or as base64 of bytes that are none.'),
  body: z.string().describe('The beginning of the value; a character is never cut.'),
  shown: z.int().describe('Bytes of the value that `body` is.'),
  bytes: z.int().describe('Bytes of the whole value.'),
  tiers: z.array(silentTier).describe('Of `unavailable`: the tiers that did not answer, and why.'),
});

export function previewRoutes(app: Server, { verbs }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/previews/*',
    config: { scope: 'read' },
    schema: {
      operationId: 'previewEntry',
      summary: 'The beginning of a value, and whether there is one',
      description: KEY_IN_PATH,
      tags: ['entries'],
      querystring: previewQuery,
      response: { 200: previewView },
    },
    handler: async (request) => {
      const key = keyInPath(request);
      const read = await verbs.get(key, false);
      const nothing = { key, state: read.state, tier: null, head: null, ...beginningOf(new Uint8Array(), 1) };
      if (read.state === 'missing') return { ...nothing, tiers: [] };
      if (read.state === 'unavailable') return { ...nothing, tiers: [...read.tiers] };
      const { state, tier, head, body } = read;
      return {
        key,
        state,
        tier,
        head: headView.parse(head),
        ...beginningOf(body, request.query.bytes),
        tiers: [],
      };
    },
  });
}

/** At the most so many bytes of a body. */
export function beginningOf(body: Uint8Array, most: number) {
  const cut = body.subarray(0, most);
  const bytes = body.length;
  const text = textOf(cut, bytes > most);
  if (text !== undefined)
    return { encoding: 'text' as const, body: text, shown: Buffer.byteLength(text), bytes };
  return { encoding: 'base64' as const, body: Buffer.from(cut).toString('base64'), shown: cut.length, bytes };
}

/** Undefined of what is no UTF-8. A character that the cut went through is left out. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}
