/** What stands behind an origin in the contract suite: a real system that a test can arrange. */
import type { Known } from '../../src/origins/origin.ts';
import { type Asked, json, type Script, startScriptedServer, status } from '../support/scripted-server.ts';

/**
 * What a system can say beyond giving values: `bytes`, bodies of any bytes with headers; `absent`, that it has no such
 * value; `versions`, which version a value has; `throttling`, when it wants to be asked again; `edition`, one version
 * that all values of a source share.
 */
export type Ability = 'bytes' | 'absent' | 'versions' | 'throttling' | 'edition';

export interface Item {
  readonly id: string;
  readonly version?: string;
}

export interface OriginSystem {
  /** How many calls have reached it. */
  calls(): number;
  /** From now on it has these values and no others, and lists them in this order. */
  has(items: readonly Item[]): Promise<void>;
  /** The bytes that a fetch of this id must give. */
  bodyOf(id: string): Uint8Array;
  /** What is known of a value that had this version when it was fetched. */
  known(version: string): Known;
  /** From now on no call gets a value. `throttle`: for 7 s, it says. `hang`: no answer at all. */
  does(mishap: 'fail' | 'refuse' | 'throttle' | 'hang'): Promise<void>;
  /** Ability `bytes`: every value is this, with these headers. */
  gives(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<void>;
  /** Ability `edition`: what the values share from now on. */
  isAt(edition: string): Promise<void>;
  /** The next call has reached it. */
  arrival(): Promise<void>;
  /** It cannot be reached any more. */
  close(): Promise<void>;
}

export interface SystemKind<S extends OriginSystem> {
  readonly abilities: readonly Ability[];
  readonly start: () => Promise<S>;
}

export interface HttpSystem extends OriginSystem {
  readonly url: string;
}

/**
 * An HTTP server: `GET /values/{id}` for one, `GET /values?ids=a,b` for many: `{"items":[{"id","etag","value"}]}`, and
 * `GET /edition` for `{"edition"}`.
 */
export const HTTP_SYSTEM: SystemKind<HttpSystem> = {
  abilities: ['bytes', 'absent', 'versions', 'throttling', 'edition'],
  start: async () => {
    const server = await startScriptedServer();
    return {
      url: server.url,
      calls: () => server.asked.length,
      has: async (items) => server.answer(values(items)),
      bodyOf: (id) => Buffer.from(`value of ${id}`),
      known: (version) => ({ etag: `"${version}"` }),
      does: async (mishap) => server.answer(MISHAPS[mishap]),
      gives: async (body, headers) => server.answer((response) => response.writeHead(200, headers).end(body)),
      isAt: async (edition) => server.answer(json({ edition })),
      arrival: () => server.arrival(),
      close: () => server.close(),
    };
  },
};

/** How an HTTP server has no value. */
export const MISHAPS: Readonly<Record<Parameters<OriginSystem['does']>[0], Script>> = {
  fail: status(500),
  refuse: status(400),
  throttle: status(429, { 'retry-after': '7' }),
  hang: () => undefined,
};

function values(items: readonly Item[]): Script {
  const written = items.map(({ id, version }) => ({
    id,
    value: `value of ${id}`,
    ...(version !== undefined && { etag: `"${version}"` }),
  }));
  return (response, asked: Asked) => {
    const one = /^\/values\/(\w+)$/.exec(asked.url)?.[1];
    if (one === undefined) return json({ items: written })(response, asked);
    const item = written.find(({ id }) => id === one);
    const etag = item?.etag;
    if (item === undefined) response.writeHead(404).end();
    else if (etag !== undefined && asked.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, etag === undefined ? {} : { etag }).end(item.value);
  };
}
