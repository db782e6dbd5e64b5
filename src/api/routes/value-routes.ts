/** Reading values, for programs in any language. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type SilentTier, silenceOf } from '../../core/answer.ts';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { BODY_ENCODINGS, joined } from '../../flow/body-in-json.ts';
import { Breath } from '../../flow/breath.ts';
import type { EntryRead, ValueView } from '../../verbs/entries.ts';
import { headView } from '../../verbs/inspection-shapes.ts';
import { silentTier } from '../../verbs/shapes.ts';
import { demandAcceptable } from '../acceptable.ts';
import { type CachePolicy, cacheHeaders, cacheTimes, mayRenew } from '../caching.ts';
import { codingFor, tagIn, tagWithoutCoding } from '../compression.ts';
import { judge } from '../conditions.ts';
import { KEY_IN_PATH, keyInPath } from '../key-in-path.ts';
import { ENTRY_TYPE, wantsDocument } from '../negotiation.ts';
import { pathOf, problem, problemOf, problemView, sendProblem } from '../problem.ts';
import type { RouteContext, Server } from '../server.ts';
import { batchAnswer } from './batch-answer.ts';
import {
  asBytes,
  asDocument,
  bytesType,
  documentHead,
  documentMembers,
  etagOf,
  type Representation,
  validators,
  whereabouts,
} from './value-answer.ts';

const tags = ['entries'];
/** The longest that a client may rely on there being no value, in ms: one may appear at any time. */
const LONGEST_ABSENCE_MS = 60_000;
/** When a tier that does not answer is worth asking again. */
const RETRY_AFTER_SECONDS = 1;
/** One of the four answers of a read; a response to HEAD has no body to say it in. */
const STATE_HEADER = 'x-forewarm-state';
/** Keys of one request. */
const MOST_KEYS = 1_000;

const bodyMembers = {
  encoding: z
    .enum(BODY_ENCODINGS)
    .describe('How `body` stands here: as JSON, as a string of text, as base64; `none` is an empty body.'),
  body: z.unknown().describe('The value.'),
};
const entryDocument = z.object({ head: documentHead, ...bodyMembers });

const batchRequest = z
  .strictObject({
    keys: z
      .array(z.string().min(1))
      .min(1)
      .max(MOST_KEYS)
      .describe('Keys, not percent-encoded. One that stands here twice is answered once.'),
    known: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        'Of keys whose value the client has: its `etag`. Their bodies are left out while they are current.',
      ),
  })
  .meta({ examples: [{ keys: ['profile:19100', 'profile:35620'] }] });
const batchEntry = z.object({
  key: z.string(),
  state: z
    .enum(['value', 'unchanged', 'absent', 'missing', 'unavailable'])
    .describe(
      '`unchanged`: the client has it (`known`). `absent`: the origin says that it has no value. `missing`: nothing ' +
        'servable is stored. `unavailable`: a tier that may have it did not answer.',
    ),
  tiers: z.array(silentTier).optional().describe('Of `unavailable`: the tiers that did not answer, and why.'),
  etag: z.string().optional(),
  age: z.int().optional().describe('Seconds since the origin confirmed it.'),
  maxAge: z.int().optional().describe('It is fresh while `age` is below this.'),
  tier: z.string().optional().describe('The tier that answered.'),
  head: headView.optional(),
  encoding: bodyMembers.encoding.optional(),
  body: bodyMembers.body.optional(),
});

export function valueRoutes(app: Server, context: RouteContext): void {
  readEntry(app, context);
  readEntries(app, context);
}

function readEntry(app: Server, { verbs, clock, caching }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/entries/*',
    config: { scope: 'read' },
    schema: {
      operationId: 'readEntry',
      summary: 'A value',
      description:
        `The bytes of the value, or with \`Accept: ${ENTRY_TYPE}\` a document with its head. ${KEY_IN_PATH} The answer may be ` +
        'cached as its `Cache-Control` and `Age` say, and asked for again with `If-None-Match`. `X-Forewarm-State` is `value`, ' +
        '`absent`, `missing` or `unavailable`.',
      tags,
      response: {
        200: {
          description:
            'The value. `X-Forewarm-Freshness` and `X-Forewarm-Tier` say how fresh, and from where.',
          content: { '*/*': { schema: z.unknown() }, [ENTRY_TYPE]: { schema: entryDocument } },
        },
        404: problemView.describe(
          'There is no value. `reason` says why: the origin has none (`absent`), or none is stored (`missing`).',
        ),
        503: problemView.describe('A tier that may have the value did not answer; `tiers` names it.'),
        304: z.undefined().describe('The client has this value (`If-None-Match`, `If-Modified-Since`).'),
      },
    },
    handler: async (request, reply) => {
      const key = keyInPath(request);
      const read = await verbs.get(key, false);
      reply.header(STATE_HEADER, read.state);
      if (read.state === 'value') return sendValue(request, reply, { value: read, clock, caching });
      return sendNothing(request, reply, { key, read, now: clock.now(), caching });
    },
  });
}

interface Found {
  readonly value: ValueView;
  readonly clock: Clock;
  readonly caching: CachePolicy;
}

async function sendValue(
  request: FastifyRequest,
  reply: FastifyReply,
  { value, clock, caching }: Found,
): Promise<FastifyReply> {
  const selected = await select(request, value, new Breath({ clock }));
  const now = clock.now();
  const verdict = judge(request.headers, selected, now);
  if (verdict === 'failed') {
    throw new ForewarmError(
      'E_PRECONDITION_FAILED',
      `the value of "${value.head.key}" is not the one asked for`,
    );
  }
  reply.headers({
    ...whereabouts(value.head.freshness, value.tier),
    ...cacheHeaders(value.head, now, caching),
    ...validators(selected),
    vary: 'accept, accept-encoding',
    'accept-ranges': 'none',
  });
  if (verdict === 'not modified' && mayRenew(value.head, now, caching)) return reply.code(304).send();
  return reply.header('content-type', selected.type).send(selected.bytes);
}

/** The form that the request asks for, with the tag that it has in the coding in which it will be sent. */
async function select(
  { headers }: FastifyRequest,
  value: ValueView,
  breath: Breath,
): Promise<Representation> {
  const { contentType } = value.head;
  const isDocument = wantsDocument(headers.accept, bytesType(contentType));
  // Of a value whose type nobody knows, the bytes may be what is wanted.
  if (!isDocument && contentType !== null)
    demandAcceptable(headers.accept, [bytesType(contentType), ENTRY_TYPE]);
  const form = await (isDocument ? asDocument : asBytes)(value, breath);
  const coding = codingFor(headers['accept-encoding'], form.type, form.bytes.length);
  return { ...form, etag: tagIn(coding, form.etag) };
}

interface Nothing {
  readonly key: string;
  readonly read: EntryRead;
  readonly now: number;
  readonly caching: CachePolicy;
}

/** What is not stored may be stored a moment later; an absence that the origin stated can be relied on for a while. */
function sendNothing(request: FastifyRequest, reply: FastifyReply, nothing: Nothing): FastifyReply {
  const { key, read, now, caching } = nothing;
  const path = pathOf(request.raw.url);
  if (read.state === 'unavailable') return sendUnavailable(reply, key, read.tiers, path);
  if (read.state === 'missing') {
    const stored = new ForewarmError('E_NOT_FOUND', `nothing servable is stored under the key "${key}"`);
    return sendProblem(reply, { ...problemOf(stored, path), reason: 'missing' });
  }
  const { head, tier } = read;
  const maxAge = Math.min(LONGEST_ABSENCE_MS, caching.maxAge ?? LONGEST_ABSENCE_MS);
  const times = { ...head, goneAt: head.staleAt };
  reply.headers(whereabouts(head.freshness, tier));
  const said = new ForewarmError('E_NOT_FOUND', `the origin says that it has no value for the key "${key}"`);
  const headers = cacheHeaders(times, now, { ...caching, maxAge });
  return sendProblem(reply, { ...problemOf(said, path), reason: 'absent' }, headers);
}

/** It may be there: a 404 would say that it is not. */
function sendUnavailable(reply: FastifyReply, key: string, tiers: readonly SilentTier[], path: string) {
  const detail = `whether there is a value under the key "${key}" is not known: ${silenceOf(tiers)}`;
  const found = problem('E_TIER_UNAVAILABLE', detail, path);
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  return sendProblem(reply, { ...found, reason: 'unavailable', tiers: [...tiers] });
}

function readEntries(app: Server, { verbs, clock, caching, answerLimit }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/reads',
    config: { scope: 'read' },
    schema: {
      operationId: 'readEntries',
      summary: 'Many values at once',
      description:
        'One answer for each key, in order. A key that is of no source is an error of the request, and so are values that ' +
        'are larger together than `api.answerLimit`.',
      tags,
      body: batchRequest,
      response: {
        200: {
          description: 'The values, or why there is none.',
          content: { 'application/json': { schema: z.object({ entries: z.array(batchEntry) }) } },
        },
      },
    },
    handler: async ({ body }, reply) => {
      const breath = new Breath({ clock });
      const asked = { clock, caching, known: body.known, breath };
      const members = await batchAnswer(body.keys, {
        read: (keys) => verbs.getMany(keys),
        write: (key, value) => entryText(key, value, asked),
        limit: answerLimit,
        breath,
      });
      return sendMembers(reply, members, breath);
    },
  });
}

const COMMA = Buffer.from(',');

/** Ready-made JSON. As bytes it is not kept under an Idempotency-Key: reading again does no harm. */
async function sendMembers(
  reply: FastifyReply,
  members: readonly Buffer[],
  breath: Breath,
): Promise<FastifyReply> {
  const parts = members.flatMap((member, i) => (i === 0 ? [member] : [COMMA, member]));
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .send(await joined([Buffer.from('{"entries":['), ...parts, Buffer.from(']}')], breath));
}

interface Asked {
  readonly clock: Clock;
  readonly caching: CachePolicy;
  readonly known: Readonly<Record<string, string>>;
  readonly breath: Breath;
}

/** A `batchEntry`, as JSON: the body stands in it in its own characters. */
async function entryText(key: string, read: EntryRead | undefined, asked: Asked): Promise<Buffer> {
  const { clock, caching, known, breath } = asked;
  const written = (entry: object) => Buffer.from(JSON.stringify({ key, ...entry }));
  if (read === undefined) return written({ state: 'missing' });
  if (read.state === 'missing' || read.state === 'unavailable') return written(read);
  const { head, body, tier } = read;
  const { age, maxAge } = cacheTimes(head, clock.now(), caching.maxAge);
  if (read.state === 'absent') return written({ state: 'absent', age, maxAge, tier });
  const etag = await etagOf(body, breath);
  const isCurrent = Object.hasOwn(known, key) && tagWithoutCoding(known[key] ?? '') === etag;
  if (isCurrent) return written({ state: 'unchanged', etag, age, maxAge, tier, head: headView.parse(head) });
  return documentMembers({ key, state: 'value', etag, age, maxAge }, read, breath);
}
