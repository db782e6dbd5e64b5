/**
 * The kinds of origins that a configuration can name, each as one record: its options, what a source's `request` may hold, and
 * how such an origin is opened. The schema, the generated pages and the wiring are all made from this list: nothing else in the
 * house names a kind.
 *
 * The code of a kind is loaded when a configuration has an origin of that kind, so a process does not pay for clients it never
 * uses. Options stand apart from the code where that code is heavy.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { discreetListener } from './discreet-listener.ts';
import { DiscreetOrigin } from './discreet-origin.ts';
import { embeddingsOriginOptions, embeddingsRequest } from './embeddings/options.ts';
import { httpListOptions } from './http/list-options.ts';
import { httpOriginOptions, httpRequest } from './http/options.ts';
import { type ProxyVariables, proxied } from './http/proxy.ts';
import { secretsOfOrigin } from './http/secrets-sent.ts';
import type { HttpListener } from './http/server.ts';
import { fieldsOfAny, type ListKind } from './list-kind.ts';
import { moduleOriginOptions, moduleRequest } from './module/module-origin.ts';
import type { Origin, OriginDeps } from './origin.ts';
import type { RequestKind } from './request-kind.ts';
import { sqlListOptions } from './sql/list-options.ts';
import type { SqlListener } from './sql/operations.ts';
import { sqlOriginOptions, sqlRequest } from './sql/options.ts';

/** What origins of any kind tell, beside what they return. */
export type OriginListener = HttpListener & SqlListener;

/** `S` has a member `kind` that only this kind has. */
interface OriginKind<S extends z.ZodType> {
  readonly options: S;
  /** What a source's `request` may hold. */
  readonly request: RequestKind;
  /** What an entity set may ask for; undefined where this kind gives no lists. */
  readonly list: ListKind | undefined;
  open(deps: OriginDeps<z.output<S>> & OriginListener, env: ProxyVariables): Promise<Origin>;
}

function kind<S extends z.ZodType>(record: OriginKind<S>): OriginKind<S> {
  return record;
}

/** In the order of the reference page. */
const KINDS = {
  http: kind({
    options: httpOriginOptions,
    request: httpRequest,
    list: httpListOptions,
    open: async (deps, env) => new (await import('./http/http-origin.ts')).HttpOrigin(proxied(deps, env)),
  }),
  module: kind({
    options: moduleOriginOptions,
    request: moduleRequest,
    list: undefined,
    open: async (deps) => new (await import('./module/module-origin.ts')).ModuleOrigin(deps),
  }),
  sql: kind({
    options: sqlOriginOptions,
    request: sqlRequest,
    list: sqlListOptions,
    open: async (deps) => new (await import('./sql/sql-origin.ts')).SqlOrigin(deps),
  }),
  embeddings: kind({
    options: embeddingsOriginOptions,
    request: embeddingsRequest,
    list: undefined,
    open: async (deps, env) =>
      new (await import('./embeddings/embeddings-origin.ts')).EmbeddingsOrigin(proxied(deps, env)),
  }),
};

type KindName = keyof typeof KINDS;
type OptionsByKind = { readonly [K in KindName]: z.output<(typeof KINDS)[K]['options']> };
export type OriginOptions = OptionsByKind[KindName];

type Schema = (typeof KINDS)[KindName]['options'];

/** The options of every kind, told apart by their member `kind`. There is at least one kind. */
export const originOptions = z.discriminatedUnion(
  'kind',
  Object.values(KINDS).map(({ options }) => options) as [Schema, ...Schema[]],
);

/** What a source's `request` may hold, by the kind of its origin. */
export const requestKinds: ReadonlyMap<string, RequestKind> = new Map(
  Object.entries(KINDS).map(([name, { request }]) => [name, request]),
);

/** What an entity set may ask of an origin, by its kind; undefined where that gives no lists. */
export const listKinds: ReadonlyMap<string, ListKind | undefined> = new Map(
  Object.entries(KINDS).map(([name, { list }]) => [name, list]),
);

/** The options of a list, whatever the kind of its origin. */
export const listFields = fieldsOfAny([...listKinds.values()]);

/** What an origin takes from the process. */
interface Surroundings {
  readonly clock: Clock;
  readonly env: ProxyVariables;
  /** What stands in their addresses, and in paths of requests, and is not to be shown. */
  readonly secrets: readonly string[];
  /** Hears what an origin tells. */
  readonly listener?: (origin: string) => OriginListener;
}

/** The origins of a configuration, by their names. Nothing is connected before the first call. */
export async function openOrigins(
  origins: ReadonlyMap<string, OriginOptions>,
  { clock, env, secrets, listener }: Surroundings,
): Promise<ReadonlyMap<string, Origin>> {
  const opened = [...origins].map(async ([name, options]) => {
    const own = [...new Set([...secrets, ...secretsOfOrigin(options), ...proxyWordsOf(options, env)])];
    const told = listener && discreetListener(listener(name), secrets);
    const inner = await open(options.kind, { name, options, clock, ...told }, env);
    return [name, new DiscreetOrigin({ inner, secrets: own })] as const;
  });
  return new Map(await Promise.all(opened));
}

/** The password of the proxy that the environment names. */
function proxyWordsOf(options: OriginOptions, env: ProxyVariables): string[] {
  return options.kind === 'http' || options.kind === 'embeddings'
    ? secretsOfOrigin({ proxy: proxied({ options }, env).options.proxy })
    : [];
}

function open<K extends KindName>(
  name: K,
  deps: OriginDeps<OptionsByKind[K]> & OriginListener,
  env: ProxyVariables,
): Promise<Origin> {
  const kinds: { readonly [N in KindName]: Pick<OriginKind<z.ZodType<OptionsByKind[N]>>, 'open'> } = KINDS;
  return kinds[name].open(deps, env);
}
