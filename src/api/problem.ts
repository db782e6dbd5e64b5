/**
 * Problems: every response that is not what was asked for is an RFC 9457 `application/problem+json` document whose code,
 * status and title come from the one table of errors.
 */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ERRORS, type ErrorCode, ForewarmError } from '../core/errors.ts';
import { readWith } from '../core/read-with.ts';
import { healthItem, silentTier } from '../verbs/shapes.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export const problemView = z.object({
  type: z.string().describe('Where the code is explained, relative to this server.'),
  title: z.string().describe('What the code means.'),
  status: z.int(),
  detail: z.string().describe('What happened this time.'),
  code: z.string().describe('Stable; never reused for another meaning.'),
  instance: z.string().describe('The path that was asked for.'),
  errors: z
    .array(z.object({ place: z.string(), message: z.string() }))
    .optional()
    .describe('Each place of the request that has to change.'),
  reason: z
    .enum(['absent', 'missing', 'unavailable'])
    .optional()
    .describe('Of the read of a value: why there is none.'),
  tiers: z.array(silentTier).optional().describe('Of `unavailable`: the tiers that did not answer.'),
  checks: z.array(healthItem).optional().describe('Of a probe: each check, those that are well as well.'),
});
export type Problem = z.infer<typeof problemView>;
type Place = NonNullable<Problem['errors']>[number];

/** Rejections of the web framework whose status alone does not determine our code and message. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['E_MEDIA_TYPE', 'a body is sent as `Content-Type: application/json`'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['E_TOO_LARGE', 'the request body is larger than `api.bodyLimit`'],
};

/** The parts of the web framework's errors that are used here. */
const rejection = z.object({
  message: z.string(),
  code: z.string().startsWith('FST_').optional(),
  statusCode: z.int().min(400).max(499).optional(),
  validationContext: z.string().optional(),
  validation: z
    .array(z.object({ instancePath: z.string(), message: z.string(), params: z.looseObject({}) }))
    .optional(),
});

/** What a verb refused of a request says where. */
const places = z.array(z.object({ place: z.string(), message: z.string() })).min(1);
const healthItems = z.array(healthItem).min(1);

/** Wrong places that one problem names. */
const MOST_PLACES = 20;
/** Characters of a name that nobody knows. */
const LONGEST_NAME = 120;

const PLACES: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' };

/** The problem for whatever was thrown. An unexpected error reveals nothing of itself. */
export function problemOf(thrown: unknown, instance: string): Problem {
  if (thrown instanceof ForewarmError && thrown.code !== 'E_INTERNAL') {
    const { data: errors } = readWith(places, thrown.details.errors);
    const { data: checks } = readWith(healthItems, thrown.details.checks);
    const found = problem(thrown.code, thrown.message, instance);
    return { ...found, ...(errors && { errors }), ...(checks && { checks }) };
  }
  const { success, data } = readWith(rejection, thrown);
  if (success && data.validation !== undefined) {
    const context = data.validationContext ?? 'request';
    const errors = data.validation.flatMap((issue) => placesOf(PLACES[context] ?? context, issue));
    const rest = errors.length - MOST_PLACES;
    const shown = errors.slice(0, MOST_PLACES);
    const more = rest > 0 ? `; and ${rest} more` : '';
    const detail = shown.map(({ place, message }) => `${place}: ${message}`).join('; ') + more;
    return { ...problem('E_REQUEST_INVALID', detail, instance), errors: shown };
  }
  if (success && data.code !== undefined && data.statusCode !== undefined) {
    const [code, detail] = FRAMEWORK_PROBLEMS[data.code] ?? ['E_REQUEST_INVALID', shownName(data.message)];
    return problem(code, detail, instance);
  }
  return problem('E_INTERNAL', 'an error that was not foreseen; the log has it under this time', instance);
}

export function problem(code: ErrorCode, detail: string, instance: string): Problem {
  const { status, meaning } = ERRORS[code];
  return { type: `/v1/errors/${code}`, title: meaning, status, detail, code, instance };
}

/** One place per thing to change: an issue that lists unknown keys is one per key. */
function placesOf(
  context: string,
  issue: { instancePath: string; message: string; params: Record<string, unknown> },
): Place[] {
  const parts = issue.instancePath.split('/').filter((part) => part !== '');
  const place = [context, ...parts.map(shownName)].join('.');
  const { keys } = issue.params;
  if (!Array.isArray(keys)) return [{ place, message: issue.message }];
  return keys.map((key) => ({ place: `${place}.${shownName(String(key))}`, message: 'is not known here' }));
}

/** A name out of a request, cut where it is long. */
export function shownName(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`;
}

/**
 * Sends it, to be stored by no cache unless `headers` say so. The body is ready-made text, so that no response schema of the
 * route is applied to it.
 */
export function sendProblem(
  reply: FastifyReply,
  found: Problem,
  headers: Readonly<Record<string, string>> = { 'cache-control': 'no-store' },
): FastifyReply {
  if (found.code === 'E_UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(found.status)
    .headers(headers)
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(found));
}

/** The path of a request, without its query, which may hold what should not be repeated. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').replace(/[?#].*/s, '');
}
