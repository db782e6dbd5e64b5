/** Bad behaviours that are told by the status and the headers of an answer. */
import { answer, type Behaviour, HTML_TYPE, JSON_TYPE, send } from './exchange.ts';

const PAGE = `<!doctype html><title>Oops</title>${'<p>Something went wrong.</p>'.repeat(50)}`;
const problem = (message: string) => JSON.stringify({ error: { message } });
const epoch = (inMs: number) => Math.ceil((Date.now() + inMs) / 1_000);

/** Headers that are made when they are sent. */
function throttle(status: string, headers: () => readonly string[]): Behaviour['act'] {
  return ({ socket }) => send(socket, status, [JSON_TYPE, ...headers()], problem('slow down'));
}

const bad = (name: string, act: Behaviour['act']): Behaviour => ({ name, means: 'bad', act });

export const STATUSES: readonly Behaviour[] = [
  bad('500', answer('500 Internal Server Error', [HTML_TYPE], PAGE)),
  bad('500 without a body', answer('500 Internal Server Error', [])),
  bad('500 with five megabytes', answer('500 Internal Server Error', [HTML_TYPE], 'x'.repeat(5_000_000))),
  bad('502', answer('502 Bad Gateway', [HTML_TYPE], PAGE)),
  bad('503', answer('503 Service Unavailable', [HTML_TYPE], PAGE)),
  bad(
    '503 for a second',
    throttle('503 Service Unavailable', () => ['Retry-After: 1']),
  ),
  bad(
    '503 for one and a half',
    throttle('503 Service Unavailable', () => ['Retry-After: 1.5']),
  ),
  {
    ...bad(
      '503 until a date that has no end',
      throttle('503 Service Unavailable', () => ['Retry-After: Fri, 12 Sep 275760 23:00:00 GMT']),
    ),
    silences: true,
  },
  bad(
    '429',
    throttle('429 Too Many Requests', () => []),
  ),
  bad(
    '429 for no time',
    throttle('429 Too Many Requests', () => ['Retry-After: 0']),
  ),
  bad(
    '429 for 1.0',
    throttle('429 Too Many Requests', () => ['Retry-After: 1.0']),
  ),
  bad(
    '429 in ms',
    throttle('429 Too Many Requests', () => ['retry-after-ms: 700']),
  ),
  bad(
    '429 until an epoch',
    throttle('429 Too Many Requests', () => [`x-ratelimit-reset: ${epoch(900)}`]),
  ),
  bad(
    '429 by RateLimit-Reset',
    throttle('429 Too Many Requests', () => ['RateLimit-Remaining: 0', 'RateLimit-Reset: 1']),
  ),
  bad(
    '429 by the draft',
    throttle('429 Too Many Requests', () => ['RateLimit: "default";r=0;t=1']),
  ),
  bad(
    '429 with nonsense',
    throttle('429 Too Many Requests', () => ['Retry-After: soon', 'x-ratelimit-reset: never']),
  ),
  bad(
    '403 of a limit',
    throttle('403 Forbidden', () => ['x-ratelimit-remaining: 0', `x-ratelimit-reset: ${epoch(900)}`]),
  ),
  bad(
    '403 with Retry-After',
    throttle('403 Forbidden', () => ['Retry-After: 1']),
  ),
  bad('403', answer('403 Forbidden', [HTML_TYPE], PAGE)),
  bad('401', answer('401 Unauthorized', ['WWW-Authenticate: Bearer'], problem('token expired'))),
  bad('400', answer('400 Bad Request', [JSON_TYPE], problem('bad id'))),
  bad('413', answer('413 Content Too Large', [JSON_TYPE], problem('too large'))),
  bad('418', answer("418 I'm a teapot", [HTML_TYPE], PAGE)),
  { name: '404 with a page', means: 'absence', act: answer('404 Not Found', [HTML_TYPE], PAGE) },
  { name: '404', means: 'absence', act: answer('404 Not Found', [JSON_TYPE], problem('no such place')) },
  { name: '410', means: 'absence', act: answer('410 Gone', [JSON_TYPE], problem('gone')) },
  bad('202', answer('202 Accepted', [JSON_TYPE], '{}')),
  bad('202 for a second', answer('202 Accepted', [JSON_TYPE, 'Retry-After: 1'], '{}')),
  bad('204', ({ socket }) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n')),
  bad('206', answer('206 Partial Content', [JSON_TYPE, 'Content-Range: bytes 0-1/100'], '{"')),
  bad('301 to itself', ({ socket, id }) => send(socket, '301 Moved Permanently', [`Location: /v/${id}`])),
  bad('302 to nowhere', answer('302 Found', ['Location: http://127.0.0.1:1/'])),
  bad(
    '304 that was not asked for',
    ({ socket }) => void socket.write('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'),
  ),
  bad('status 099', answer('099 Odd', [JSON_TYPE], '{}')),
  bad('status 999', answer('999 Odd', [JSON_TYPE], '{}')),
];
