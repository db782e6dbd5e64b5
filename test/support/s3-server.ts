/**
 * A real S3 server of the test's own: s3rver on a free port. As it is, it ignores conditions of writes and deletions;
 * told to compare, it keeps to them, as AWS and MinIO do, by a middleware before it.
 */
import crypto, { type BinaryLike, type CipherKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What s3rver takes the body from. */
  req: Readable;
  status: number;
  type: string;
  body: unknown;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
}

type Middleware = (request: Request, next: () => Promise<void>) => Promise<void>;

/** The part of s3rver that is used here; it comes without types. */
interface S3rver {
  readonly middleware: Middleware[];
  readonly store: {
    getMetadata(bucket: string, key: string): Promise<{ readonly etag: string }>;
  };
  callback(): (request: unknown, response: unknown) => void;
  configureBuckets(): Promise<unknown>;
}

type S3rverClass = new (options: Readonly<Record<string, unknown>>) => S3rver;

/** s3rver makes its continuation tokens with DES, which OpenSSL 3 no longer has. Any cipher will do. */
function lendCipher(): void {
  const { createCipheriv, createDecipheriv } = crypto;
  const twice = (bytes: CipherKey | BinaryLike | null) => {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('s3rver gives buffers');
    return Buffer.concat([bytes, bytes]);
  };
  Object.assign(crypto, {
    createCipheriv: (name: string, key: CipherKey, iv: BinaryLike | null) =>
      name === 'des' ? createCipheriv('aes-128-cbc', twice(key), twice(iv)) : createCipheriv(name, key, iv),
    createDecipheriv: (name: string, key: CipherKey, iv: BinaryLike | null) =>
      name === 'des'
        ? createDecipheriv('aes-128-cbc', twice(key), twice(iv))
        : createDecipheriv(name, key, iv),
  });
}
lendCipher();

export const BUCKET = 'tests';

export interface S3Server {
  readonly endpoint: string;
  /** What `S3Tier` needs to reach it, but for a prefix. */
  readonly options: {
    readonly bucket: string;
    readonly endpoint: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly concurrency: number;
  };
  /** Requests under way, and the most there ever were since it was set to 0. */
  readonly load: { now: number; most: number };
  /** `METHOD /path` of every request, in order. */
  readonly asked: string[];
  /** Headers of the last PUT. */
  readonly sent: () => Readonly<Record<string, string | undefined>>;
  /** Once, before the next request of a method is served, this is done. */
  before(method: string, act: () => Promise<void>): void;
  /** Asked of each request: the status and code that it is refused with, if any. */
  refuse(decide: (request: Pick<Request, 'method' | 'headers'>) => Refusal | undefined): void;
  /** Stops serving and cuts connections; its data stays for `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

export async function startS3Server(settings: { readonly compares: boolean }): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-s3-'));
  const Class: S3rverClass = createRequire(import.meta.url)('s3rver');
  const load = { now: 0, most: 0 };
  const asked: string[] = [];
  const hooks = new Map<string, () => Promise<void>>();
  let refusalOf: (request: Request) => Refusal | undefined = () => undefined;
  let sent: Readonly<Record<string, string | undefined>> = {};
  const application = new Class({
    directory: folder,
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET }],
  });
  if (settings.compares) application.middleware.unshift(comparing(application));
  application.middleware.unshift(async (request, next) => {
    const refusal = refusalOf(request);
    if (refusal === undefined) return next();
    refuse(request, refusal);
  });
  application.middleware.unshift(counting(load, asked, hooks));
  application.middleware.unshift((request, next) => {
    if (request.method === 'PUT') sent = request.headers;
    return next();
  });
  await application.configureBuckets();
  let server: Server = createServer(application.callback());
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  // A server that listens on TCP has an address of this shape.
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    options: {
      ...{ bucket: BUCKET, endpoint, region: 'us-east-1', concurrency: 16 },
      ...{ accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    },
    load,
    asked,
    sent: () => sent,
    refuse: (decide) => {
      refusalOf = decide;
    },
    before: (method, act) => void hooks.set(method, act),
    stop,
    start: async () => {
      server = createServer(application.callback());
      await listen(port);
    },
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function refuse(request: Request, { status, code }: Refusal): void {
  const { method, path } = request;
  request.status = status;
  request.type = 'application/xml';
  request.body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${method} ${path}</Message></Error>`;
}

function counting(
  load: S3Server['load'],
  asked: string[],
  hooks: Map<string, () => Promise<void>>,
): Middleware {
  return async ({ method, path }, next) => {
    asked.push(`${method} ${decodeURIComponent(path)}`);
    const hook = hooks.get(method);
    hooks.delete(method);
    await hook?.();
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    try {
      await next();
    } finally {
      load.now -= 1;
    }
  };
}

/** S3 takes a body as a whole or not at all; s3rver writes what has arrived, and waits forever for the rest when the sender is gone. */
async function whole(body: Readable): Promise<Readable> {
  const again = new PassThrough();
  again.end(await buffer(body));
  return again;
}

/** If-Match and If-None-Match of PUT and DELETE, as S3 documents them; requests for one object take turns. */
function comparing(application: S3rver): Middleware {
  const turns = new Map<string, Promise<void>>();
  const inTurn = async (path: string, act: () => Promise<void>) => {
    const turn = (turns.get(path) ?? Promise.resolve()).then(act, act);
    turns.set(path, turn);
    await turn.finally(() => turns.get(path) === turn && turns.delete(path));
  };
  return async (request, next) => {
    const { method, path, headers } = request;
    if (method === 'PUT') request.req = await whole(request.req);
    if (method === 'GET' || method === 'HEAD') return path === `/${BUCKET}` ? next() : inTurn(path, next);
    await inTurn(path, async () => {
      const name = decodeURIComponent(path.slice(BUCKET.length + 2));
      const held = await application.store.getMetadata(BUCKET, name).then(
        ({ etag }) => etag,
        () => undefined,
      );
      const match = headers['if-match'];
      const refused =
        match === undefined ? headers['if-none-match'] === '*' && held !== undefined : match !== held;
      if (!refused) return next();
      refuse(request, { status: 412, code: 'PreconditionFailed' });
    });
  };
}
