/**
 * The addresses of Redis, as a configuration writes them.
 *
 * They are taken apart here and nowhere else: what a client would make of the rest of a URL (a database that is no number is 0, the
 * query sets its options) is neither what was meant nor safe to show.
 */
import { REDACTED, showUrl } from '../core/secrets.ts';

/** The word that stands for a private redis-server in place of a URL. */
export const EMBEDDED = 'embedded';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

/**
 * `server`: one server, `redis://[user:password@]host[:port][/db][?family=4]`, or `rediss://` for TLS; the family is that of the
 * address that the host's name is resolved to, and 0 is any. `socket`: `unix:///path`.
 * `sentinel`: `redis+sentinel://[user:password@]host[:port],.../name[/db]`: the sentinels, and the name under which they
 * watch the server. `cluster`: `redis+cluster://[user:password@]host[:port],...`: some nodes of it. The credentials are
 * always those of the servers themselves.
 */
export type RedisAddress =
  | ({ readonly kind: 'server'; readonly db: number; readonly family: number | undefined } & RedisNode &
      Credentials)
  | { readonly kind: 'socket'; readonly path: string }
  | ({
      readonly kind: 'sentinel';
      readonly nodes: readonly RedisNode[];
      readonly name: string;
      readonly db: number;
    } & Credentials)
  | ({ readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] } & Credentials);

const SERVER = /^(rediss?):\/\/(?:([^/?#]*)@)?([^@/?#]+)(?:\/(\d{0,9}))?(?:\?family=([046]))?$/i;
const SEVERAL =
  /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^/?#]*)(?:\/(\d{1,9}))?)?$/;
/** A client would leave the user out, and be the default one. */
const NO_PASSWORD = /^rediss?(?:\+\w+)?:\/\/[^/?#@:]+:?@/i;
const NODE = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
const PORTS = { sentinel: 26_379, cluster: 6_379 } as const;

/** Undefined for text that is not such an address, and where an escape (`%zz`) stands for nothing. */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  try {
    return addressOf(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function addressOf(text: string): RedisAddress | undefined {
  if (NO_PASSWORD.test(text)) return undefined;
  const server = SERVER.exec(text);
  if (server !== null) return serverOf(server);
  const several = SEVERAL.exec(text);
  if (several !== null) return severalOf(several);
  const [, path] = /^unix:\/\/(\/[^?#]+)$/.exec(text) ?? [];
  return path === undefined ? undefined : { kind: 'socket', path: decodeURIComponent(path) };
}

function serverOf([, scheme, credentials = '', host = '', db, family]: RegExpExecArray):
  | RedisAddress
  | undefined {
  const node = nodeOf(host, 6_379);
  if (node === undefined) return undefined;
  return {
    ...{ kind: 'server', ...node, ...credentialsOf(credentials) },
    tls: scheme?.toLowerCase() === 'rediss',
    db: Number(db ?? 0),
    family: family === undefined ? undefined : Number(family),
  };
}

/** A host without a scheme, which is what people write most. */
const BARE_HOST = /^(localhost|\d{1,3}(\.\d{1,3}){3})(:\d{1,5})?$/i;

/** For people. Of what is no address, nothing but the scheme, or the host where there is no more, is sure to be no password. */
export function showRedisUrl(text: string): string {
  if (text === '' || text === EMBEDDED || BARE_HOST.test(text)) return text;
  if (parseRedisUrl(text) !== undefined) return showUrl(text);
  const [scheme = ''] = /^(rediss?(\+(sentinel|cluster))?|unix|https?):\/\//i.exec(text) ?? [];
  return `${scheme}${REDACTED}`;
}

/** What is wrong with a text that is nearly an address, without its words; undefined where there is nothing to say. */
export function redisUrlFault(text: string): string | undefined {
  const [, credentials = '', rest = ''] = /^rediss?:\/\/(?:([^/?#]*)@)?[^@/?#]+(.*)/is.exec(text) ?? [];
  if (NO_PASSWORD.test(text))
    return 'it names a user without a password, which is left out when connecting; write user:password@, or :password@';
  if (/%(?![\da-f]{2})/i.test(credentials)) return 'a % in its user or password is written %25';
  if (rest.includes('@'))
    return 'special characters in its user or password are percent-encoded: @ is %40, / is %2F, # is %23';
  const [, hosts = ''] = /^rediss?(?:\+\w+)?:\/\/(?:[^/?#]*@)?([^@/?#]+)/i.exec(text) ?? [];
  if (hosts.split(',').some((host) => !isPort(Number(/:(\d+)$/.exec(host)?.[1] ?? 1))))
    return 'its port is none: ports go from 1 to 65535';
  if (rest.startsWith('?')) return 'its query may say nothing but family=4, family=6 or family=0';
  return /^\/(\d{0,9}(\?family=[046])?)?$/.test(rest) || rest === ''
    ? undefined
    : 'behind the host comes nothing but the number of a database, such as /0';
}

function severalOf([, scheme, kind, credentials = '', hosts = '', name = '', db]: RegExpExecArray):
  | RedisAddress
  | undefined {
  const isSentinel = kind === 'sentinel';
  const nodes = hosts.split(',').map((host) => nodeOf(host, PORTS[isSentinel ? 'sentinel' : 'cluster']));
  if (!nodes.every((node) => node !== undefined)) return undefined;
  const access = { ...credentialsOf(credentials), tls: scheme === 'rediss' };
  // A cluster has no numbered databases. A sentinel may watch several servers, so it needs a name.
  if (!isSentinel) return name === '' && db === undefined ? { kind: 'cluster', nodes, ...access } : undefined;
  return name === '' ? undefined : { kind: 'sentinel', nodes, name, db: Number(db ?? 0), ...access };
}

function nodeOf(text: string, port: number): RedisNode | undefined {
  const [, host, written] = NODE.exec(text) ?? [];
  if (host === undefined || !isPort(Number(written ?? port))) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(written ?? port) };
}

function isPort(number: number): boolean {
  return number > 0 && number <= 65_535;
}

function credentialsOf(text: string): Pick<Credentials, 'username' | 'password'> {
  const at = text.indexOf(':');
  const part = (from: number, to?: number) => decodeURIComponent(text.slice(from, to)) || undefined;
  return at === -1
    ? { username: part(0), password: undefined }
    : { username: part(0, at), password: part(at + 1) };
}
