/**
 * The console as files: what `scripts/console.mjs` built, read when somebody first asks for it, and then kept.
 *
 * One page stands at every address of one segment; what it loads lies in `assets`, under names that change with their content. The page
 * may load nothing from elsewhere, and run nothing that is not in those files.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { namedQualityOf } from '../core/accept.ts';
import { ForewarmError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { pathOf } from './problem.ts';

export interface ConsolePagesDeps {
  /** Where `index.html` and `assets` are. */
  readonly folder: URL;
  /** Whether callers need a token. */
  readonly tokens: boolean;
  /** Whether bull-board is served. */
  readonly bullBoard: boolean;
}

interface ConsoleFiles {
  readonly page: Buffer;
  /** By name. */
  readonly assets: ReadonlyMap<string, { readonly type: string; readonly bytes: Buffer }>;
}

/** Of this package, and of a clone in which the console was built. */
export const CONSOLE_FOLDER = new URL('../../console/dist/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Beside what every answer has. */
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  vary: 'accept, accept-encoding',
};

const YEAR_S = 31_536_000;
/** What the page reads before it asks anything. */
const CONFIG = '<script type="application/json" id="config">';

export class ConsolePages {
  readonly #deps: ConsolePagesDeps;
  #files: Promise<ConsoleFiles> | undefined;

  constructor(deps: ConsolePagesDeps) {
    this.#deps = deps;
  }

  /**
   * Sends what belongs to the console, to who accepts it. Resolves to whether there was such a thing. Rejects with `E_NOT_FOUND` where
   * the console was not built.
   */
  async send(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const path = pathOf(request.raw.url);
    const [, asset] = /^\/assets\/([^/]+)$/.exec(path) ?? [];
    if (asset !== undefined) return this.#sendAsset(asset, reply);
    // A program that takes anything wants no page.
    if (!/^\/[^/]*$/.test(path) || namedQualityOf(request.headers.accept, 'text/html') === 0) return false;
    const { page } = await this.#read();
    reply.code(200).headers(PAGE_HEADERS).send(page);
    return true;
  }

  async #sendAsset(name: string, reply: FastifyReply): Promise<boolean> {
    const found = (await this.#read()).assets.get(name);
    if (found === undefined) return false;
    reply
      .code(200)
      .headers({
        'content-type': found.type,
        'cache-control': `public, max-age=${YEAR_S}, immutable`,
        'cross-origin-resource-policy': 'same-origin',
      })
      .send(found.bytes);
    return true;
  }

  /** What could not be read is tried again by the next one who asks. */
  #read(): Promise<ConsoleFiles> {
    this.#files ??= readFiles(this.#deps).catch((error: unknown) => {
      this.#files = undefined;
      throw error;
    });
    return this.#files;
  }
}

async function readFiles({ folder, tokens, bullBoard }: ConsolePagesDeps): Promise<ConsoleFiles> {
  const page = await readFile(new URL('index.html', folder), 'utf8').catch((cause: unknown) => {
    throw new ForewarmError('E_NOT_FOUND', 'the console was not built: run `node scripts/console.mjs`', {
      cause,
    });
  });
  // Nothing in a script element may look like its end.
  const config = JSON.stringify({ version: VERSION, tokens, bullBoard }).replaceAll('<', '\\u003c');
  const names = await readdir(new URL('assets/', folder));
  const assets = names.map(async (name) => {
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    return [name, { type, bytes: await readFile(new URL(`assets/${name}`, folder)) }] as const;
  });
  return {
    page: Buffer.from(page.replace(`${CONFIG}{}`, () => CONFIG + config)),
    assets: new Map(await Promise.all(assets)),
  };
}
