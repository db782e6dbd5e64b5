/** Whether calls of an origin go through a proxy: as the origin says, else as the environment says. */
import { secret } from '../../core/options.ts';

/** The variables that say which proxy to use, by the names that other programs know. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>;

const NONE = 'none';

export const proxyOption = () =>
  secret()
    .trim()
    .refine((text) => text === NONE || isProxy(text), {
      message: 'is neither an http:// or https:// URL of a proxy, without a path, nor `none`',
    })
    .optional()
    .describe(
      'The proxy that calls go through, such as `http://proxy:3128`; `none`: none. Absent: that of HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY names the host.',
    );

/** The proxy that an option names; undefined: calls go straight. */
export function proxyOf(option: string | undefined): string | undefined {
  return option === NONE ? undefined : option;
}

interface Proxied {
  readonly options: { readonly url: string; readonly proxy?: string | undefined };
}

/** The same, with the environment's proxy where the options say nothing of one. */
export function proxied<D extends Proxied>(deps: D, env: ProxyVariables): D {
  const { url, proxy } = deps.options;
  return { ...deps, options: { ...deps.options, proxy: proxy ?? proxyOfEnv(url, env) } };
}

/**
 * The environment's proxy for this URL; undefined: none. Names in lower case come first, as for curl. A loopback address is never
 * proxied: nobody who sets a proxy for the network means it, and the proxy's own loopback is another machine. A value that is no URL
 * of a proxy counts as none.
 */
export function proxyOfEnv(url: string, env: ProxyVariables): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  if (LOOPBACK.test(hostname)) return undefined;
  const isSecure = protocol === 'https:';
  if (isExempt(hostname, port || (isSecure ? '443' : '80'), variable(env, 'no_proxy') ?? ''))
    return undefined;
  const found = variable(env, isSecure ? 'https_proxy' : 'http_proxy');
  const proxy = found === undefined || found.includes('://') ? found : `http://${found}`;
  return proxy !== undefined && isProxy(proxy) ? proxy : undefined;
}

const LOOPBACK = /^(?:(?:.*\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;

function isProxy(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.pathname}${url.search}${url.hash}` === '/' &&
    url.port !== '0'
  );
}

function variable(env: ProxyVariables, name: string): string | undefined {
  return [env[name], env[name.toUpperCase()]]
    .map((value) => value?.trim())
    .find((value) => value !== undefined && value !== '');
}

/** `example.com` and `.example.com` name a domain and everything below it, `*` everything; with a port, only that. */
function isExempt(hostname: string, port: string, list: string): boolean {
  const host = bare(hostname);
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, name = entry, entryPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
    const domain = bare(name).replace(/^\*?\./, '');
    if (domain === '' || (entryPort !== undefined && entryPort !== port)) return false;
    return host === domain || host.endsWith(`.${domain}`);
  });
}

/** Without the brackets of an IPv6 address, and the dot that ends a full name. */
function bare(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
