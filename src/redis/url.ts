/** The addresses of Redis, as a configuration writes them. */

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
 * `server`: one server, `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. `socket`: `unix:///path`.
 * `sentinel`: `redis+sentinel://[user:password@]host[:port],.../name[/db]`: the sentinels, and the name under which they
 * watch the server. `cluster`: `redis+cluster://[user:password@]host[:port],...`: some nodes of it. The credentials are
 * always those of the servers themselves.
 */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string; readonly tls: boolean }
  | { readonly kind: 'socket'; readonly path: string }
  | ({
      readonly kind: 'sentinel';
      readonly nodes: readonly RedisNode[];
      readonly name: string;
      readonly db: number;
    } & Credentials)
  | ({ readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] } & Credentials);

const SEVERAL = /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^/?#]*)(?:\/(\d+))?)?$/;
const NODE = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;
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
  const several = SEVERAL.exec(text);
  if (several !== null) return severalOf(several);
  const url = URL.parse(text);
  if (url?.protocol === 'unix:') {
    const path = decodeURIComponent(url.pathname);
    return url.host === '' && path.length > 1 ? { kind: 'socket', path } : undefined;
  }
  if ((url?.protocol !== 'redis:' && url?.protocol !== 'rediss:') || url.hostname === '') return undefined;
  return { kind: 'server', url: text, tls: url.protocol === 'rediss:' };
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
  if (host === undefined || Number(written ?? port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(written ?? port) };
}

function credentialsOf(text: string): Pick<Credentials, 'username' | 'password'> {
  const at = text.indexOf(':');
  const part = (from: number, to?: number) => decodeURIComponent(text.slice(from, to)) || undefined;
  return at === -1
    ? { username: part(0), password: undefined }
    : { username: part(0, at), password: part(at + 1) };
}
