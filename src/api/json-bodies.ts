/** Request bodies: JSON is the one content type, and is read in slices, so that a long one holds up nobody else. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import { Breath } from '../flow/breath.ts';
import { parseInSlices } from '../flow/json-in-slices.ts';
import type { Server } from './server.ts';
import { checkHost } from './target.ts';

/** No row has more columns, and no request more ids by name. More would take long to be refused, name by name. */
const MOST_MEMBERS = 10_000;
/** An empty body is no body. The hash is of the bytes as they came. */
export function readJson(app: Server, clock: Clock): void {
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async ({ raw }) => checkHost(raw));
  app.addHook('onRequest', async ({ headers }, reply) => {
    const coding = headers['content-encoding'] ?? 'identity';
    if (coding.toLowerCase() === 'identity') return;
    reply.header('accept-encoding', 'identity');
    throw new ForewarmError(
      'E_MEDIA_TYPE',
      `a body is sent as it is, and not as \`Content-Encoding: ${coding}\``,
    );
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.bodyHash = createHash('sha256').update(body).digest('hex');
      checkEncoding(request.headers['content-type'] ?? '', body);
      return body.length === 0 ? undefined : readBody(body.toString('utf8'), clock);
    },
  );
}

/** JSON is UTF-8 (RFC 8259, 8.1): in any other encoding its names would be others, without an error. */
function checkEncoding(contentType: string, body: Buffer): void {
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]*)/i.exec(contentType) ?? [];
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    throw new ForewarmError('E_MEDIA_TYPE', `a body is sent in UTF-8, and not in ${quote(charset)}`);
  }
  if (!isUtf8(body)) throw new ForewarmError('E_REQUEST_INVALID', 'the body is not UTF-8');
}

async function readBody(text: string, clock: Clock): Promise<unknown> {
  try {
    return await parseInSlices(text.replace(/^\ufeff/, ''), {
      breath: new Breath({ clock }),
      mostMembers: MOST_MEMBERS,
      plain: true,
      once: true,
    });
  } catch (cause) {
    throw new ForewarmError('E_REQUEST_INVALID', `the body cannot be read as JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
}
