import { describe, expect, it } from 'vitest';
import { AnswerHeaders } from '../../../src/origins/http/headers.ts';
import { hintsOf, throttleOf } from '../../../src/origins/http/throttle.ts';
import { saidIn } from '../../../src/origins/words.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const EPOCH = NOW / 1_000;
const DAY = 24 * 3_600_000;

const hints = (headers: Record<string, string | string[]>) => hintsOf(new AnswerHeaders(headers), NOW);
const waitOf = (headers: Record<string, string | string[]>) => {
  const { retryAt } = hints(headers);
  return retryAt === undefined ? undefined : retryAt - NOW;
};

describe('the time to come back', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 5 ', 5_000],
    ['2.0', 2_000],
    ['299.997', 299_997],
    ['0.0001', 1],
    ['3.', 3_000],
    ['99999999999999999999', DAY],
    [String(EPOCH + 60), 60_000],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
    ['Thu Jan  1 12:00:30 2026', 30_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['Fri, 12 Sep 275760 23:00:00 GMT', DAY],
    ['2026-01-01T12:01:00Z', 60_000],
    ['7s', 7_000],
    ['60; comment=x', 60_000],
    ['+60', 60_000],
  ])('is read from Retry-After: %s', (text, ms) => {
    expect(waitOf({ 'retry-after': text })).toBe(ms);
  });

  it.each([
    '',
    'soon',
    '-5',
    '1.5e',
    '1e3',
    '٣',
    '0x10',
    'Thu, 99 Foo 2026 12:00:30 GMT',
    'NaN',
    'Infinity',
    '1,5',
  ])('is not read from Retry-After: %j', (text) => {
    expect(waitOf({ 'retry-after': text })).toBeUndefined();
  });

  it("counts a date from the origin's own, whose clock may differ from ours", () => {
    const date = 'Thu, 01 Jan 2026 09:00:00 GMT';
    expect(waitOf({ date, 'retry-after': 'Thu, 01 Jan 2026 09:00:30 GMT' })).toBe(30_000);
    const old = 'Thu, 01 Jan 1970 00:00:00 GMT';
    expect(waitOf({ date: old, 'retry-after': 'Fri, 12 Sep 275760 23:00:00 GMT' })).toBe(DAY);
  });

  it.each<[Record<string, string | string[]>, number]>([
    [{ 'retry-after-ms': '1500' }, 1_500],
    [{ 'x-ms-retry-after-ms': '1500.2' }, 1_501],
    [{ 'x-retry-after': '4' }, 4_000],
    [{ 'x-ratelimit-reset': String(EPOCH + 3) }, 3_000],
    [{ 'x-ratelimit-reset': String((EPOCH + 3) * 1_000) }, 3_000],
    [{ 'x-ratelimit-reset': '3' }, 3_000],
    [{ 'x-rate-limit-reset': String(EPOCH + 3) }, 3_000],
    [{ 'x-ratelimit-reset-after': '0.351' }, 351],
    [{ 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '1m2.5s' }, 62_500],
    [{ 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'anthropic-ratelimit-requests-reset': '2026-01-01T12:00:09Z' }, 9_000],
    [{ 'ratelimit-reset': '3' }, 3_000],
    [{ ratelimit: '"default";r=0;t=30' }, 30_000],
    [{ ratelimit: '"burst";r=0;t=3, "a \\", b";r=0;t=40;pk=:YQ==:' }, 40_000],
    [{ ratelimit: '"day";r=0', 'ratelimit-policy': '"day";q=100;w=60' }, 60_000],
    [{ ratelimit: 'limit=100, remaining=0, reset=5' }, 5_000],
    [{ 'retry-after': ['2', '9'] }, 9_000],
    [{ 'retry-after': '2', 'x-ratelimit-reset': '7', 'retry-after-ms': '3000' }, 7_000],
  ])('is the latest of what %j says', (headers, ms) => {
    expect(waitOf(headers)).toBe(ms);
  });

  it('is no reset of a limit of which there is something left', () => {
    const left = { 'x-ratelimit-remaining-tokens': '900', 'x-ratelimit-reset-tokens': '6m0s' };
    expect(
      waitOf({ ...left, 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s' }),
    ).toBe(1_000);
    expect(waitOf({ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '50' })).toBeUndefined();
    expect(waitOf({ ratelimit: '"a";r=50;t=30' })).toBeUndefined();
  });

  it.each([
    '"a";r',
    ';;;',
    '"a',
    'r=0',
    '"a";r=-1;t=5',
    '"a";r=0;t=soon',
    `"a";r=0;t=${'9'.repeat(400)}`,
    ',,,',
  ])('is not read from the malformed field RateLimit: %s', (ratelimit) => {
    expect(waitOf({ ratelimit })).toBeUndefined();
  });
});

describe('a wait that only the body tells', () => {
  const told = (body: unknown) => {
    const said = saidIn(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
    const headers = new AnswerHeaders({});
    const throttle = throttleOf({ status: 429, headers, said, throttledBy: [], now: NOW });
    return throttle?.retryAt === undefined ? undefined : throttle.retryAt - NOW;
  };

  it.each<[unknown, number | undefined]>([
    [{ message: 'You are being rate limited.', retry_after: 60.5, global: false }, 60_500],
    [
      { ok: false, description: 'Too Many Requests: retry after 33', parameters: { retry_after: 33 } },
      33_000,
    ],
    [{ error: { code: 429, details: [{ '@type': 'x/RetryInfo', retryDelay: '41.5s' }] } }, 41_500],
    [{ error: { message: 'Rate limit reached. Please try again in 1m2.5s. Visit https://a' } }, 62_500],
    [{ error: { message: 'Please try again in 250ms.' } }, 250],
    [{ error: { message: 'Please retry after 12 seconds.' } }, 12_000],
    [{ error: { message: 'Retry in 5 minutes' } }, 300_000],
    [{ retry_after_ms: 1_500 }, 1_500],
    [{ retry_after: '7' }, 7_000],
    ['Slow down, try again in 2 hours', 2 * 3_600_000],
    [{ retry_after: -5 }, undefined],
    [{ retry_after: 1e99 }, undefined],
    [{ retry_after: 1e12 }, DAY],
    [{ retry_after: { seconds: 5 } }, undefined],
    [{ message: 'try again in a while' }, undefined],
  ])('is read of %j', (body, ms) => {
    expect(told(body)).toBe(ms);
  });

  it('is not read where a header says it', () => {
    const said = saidIn(Buffer.from('{"retry_after":60}'));
    const headers = new AnswerHeaders({ 'retry-after': '2' });
    expect(throttleOf({ status: 429, headers, said, throttledBy: [], now: NOW })).toEqual({
      retryAt: NOW + 2_000,
    });
  });
});

describe("a server's own words", () => {
  it.each<[unknown, string]>([
    [{ detail: [{ type: 'missing', loc: ['body', 'x'], msg: 'Field required' }] }, 'Field required'],
    [{ Message: 'User is not authorized' }, 'User is not authorized'],
    [
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
      'Access Denied',
    ],
    [{ fault: { faultstring: 'Rate limit quota violation' } }, 'Rate limit quota violation'],
    [{ status: { message: 'no such symbol', code: 400 } }, 'no such symbol'],
    [
      { ok: false, error_code: 400, description: 'Bad Request: chat not found' },
      'Bad Request: chat not found',
    ],
    [{ error: { message: 'first' }, description: 'second' }, 'first'],
  ])('are found in %j', (body, text) => {
    expect(saidIn(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))).text).toBe(text);
  });
});

describe('what asks for fewer calls', () => {
  interface Answer {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: unknown;
    readonly throttledBy?: readonly number[];
  }
  const throttled = ({ status, headers = {}, body = '', throttledBy = [] }: Answer) =>
    throttleOf({
      status,
      headers: new AnswerHeaders(headers),
      said: saidIn(Buffer.from(JSON.stringify(body))),
      throttledBy,
      now: NOW,
    }) !== undefined;

  it.each<Answer>([
    { status: 429 },
    { status: 430 },
    { status: 420 },
    { status: 509 },
    { status: 529, body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } },
    { status: 502, headers: { 'retry-after': '60' } },
    { status: 504, headers: { 'retry-after': '60' } },
    { status: 403, throttledBy: [403] },
    { status: 500, throttledBy: [500] },
    { status: 403, headers: { 'retry-after': '60' } },
    { status: 413, headers: { 'retry-after-ms': '60' } },
    { status: 401, headers: { 'x-ms-retry-after-ms': '60' } },
    { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' } },
    { status: 403, headers: { 'x-ratelimit-remaining': '0' } },
    { status: 403, headers: { ratelimit: '"a";r=0;t=9' } },
    { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
    { status: 403, body: { error: { errors: [], code: 'userRateLimitExceeded' } } },
    { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
    { status: 503, headers: { 'retry-after': '2.0' } },
    { status: 503, headers: { 'x-ratelimit-reset': '60' } },
    { status: 503, headers: { 'ratelimit-reset': '60' } },
  ])('is %j', (answer) => {
    expect(throttled(answer)).toBe(true);
  });

  it.each<Answer>([
    { status: 403 },
    { status: 403, headers: { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': '60' } },
    { status: 403, headers: { ratelimit: '"a";r=5;t=9' } },
    { status: 403, headers: { 'retry-after': 'soon' } },
    { status: 403, body: { message: 'Resource not accessible by integration' } },
    { status: 400, headers: { 'x-ratelimit-remaining': '0' } },
    { status: 422, headers: { 'x-ratelimit-remaining': '0' } },
    { status: 400, body: { message: 'the field rateLimit is not known' } },
    { status: 503 },
    { status: 503, headers: { 'x-ratelimit-remaining': '10', 'x-ratelimit-reset': '60' } },
    { status: 500, headers: { 'retry-after': '1' } },
  ])('is not %j', (answer) => {
    expect(throttled(answer)).toBe(false);
  });
});
