/**
 * What `config check` promises: what it passes starts, and every source can be planned and asked for; what it refuses has an error
 * with a place, the value, and what to do.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boot } from '../../../src/app/boot.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import type { Source } from '../../../src/core/source.ts';
import { surveyOf } from '../../../src/settings/checks/survey.ts';
import { loadSettings } from '../../../src/settings/load.ts';
import type { Settings } from '../../../src/settings/settings.ts';
import type { Ended } from '../../../src/warming/warm-task.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { type Asked, startScriptedServer } from '../../support/scripted-server.ts';
import { temporaryFolder } from '../../support/settings.ts';
import { type Change, changed } from './configurations.ts';

export interface Place {
  readonly folder: string;
  /** Of an origin that answers everything. */
  readonly url: string;
  readonly redisUrl: string;
}

const FILES = {
  'items.csv': 'id,name\n1,One\n2,Two\n',
  'users.json': '[{"id":1,"name":"x"}]',
  'empty.csv': '',
  'own.mjs': `export const fetchMany = ({ requests }) => requests.map(() => ({ kind: 'body', body: { a: 1 } }));
export const versionOf = () => '1';`,
  'broken.mjs': 'throw new Error("no")',
};

/** A folder with what configurations name, and an origin. */
export async function place(redisUrl: string): Promise<Place> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, 'folder'));
  const server = await startScriptedServer();
  server.answer((response, asked) => {
    response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' }).end(answerTo(asked));
  });
  return { folder, url: server.url, redisUrl };
}

function answerTo({ url, body }: Asked): string {
  const texts: unknown[] = url.includes('embed') ? JSON.parse(body).input : [];
  const data = texts.map((_, index) => ({ index, embedding: [1, 2] }));
  return JSON.stringify({ id: '1', a: { b: 1 }, items: [{ id: '1' }, { id: '2' }], data });
}

/** One of everything. Nothing of it is shared with another configuration. */
export function everything({ url, redisUrl }: Place) {
  return {
    redis: { jobs: redisUrl, prefix: uniquePrefix() },
    data: 'data',
    tiers: {
      redis: { prefix: `${uniquePrefix()}:` },
      disk: { path: 'data/cache.db' },
      s3: { bucket: 'my-cache', endpoint: 'http://127.0.0.1:1' },
    },
    codec: { encrypt: { keys: { a: Buffer.alloc(32).toString('base64') }, current: 'a' } },
    jobs: { attempts: 1 },
    origins: {
      web: { kind: 'http', url },
      own: { kind: 'module', module: 'own.mjs' },
      rows: { kind: 'sql', url: 'postgres://127.0.0.1:1/d' },
      vectors: { kind: 'embeddings', url },
    },
    sources: SOURCES,
    entities: {
      items: { csv: 'items.csv', id: 'id', name: 'name' },
      users: { json: 'users.json', id: 'id' },
    },
    schedules: {
      nightly: { cron: '0 2 * * *', timezone: 'UTC', warm: { sources: ['item'] } },
      often: { every: '1h', warm: 'source=many' },
    },
    api: { port: 0, tokens: [{ name: 'a', token: 'secret-one', scopes: ['admin'] }] },
  };
}

const SOURCES = {
  item: {
    ...{ origin: 'web', key: 'item:{id}', tags: ['i:{id}'], guard: { notEmpty: true } },
    request: { path: '/items/{id}', query: { x: '{id}' }, versionProbe: { path: '/v' } },
  },
  many: {
    ...{ origin: 'web', key: 'many:{id}' },
    request: { batch: { path: '/many', query: { ids: '{id...}' }, items: 'items', id: 'id' } },
  },
  mine: { origin: 'own', key: 'mine:{id}', request: { keysPerCall: 5, options: { a: 1 } } },
  row: {
    ...{ origin: 'rows', key: 'row:{id}' },
    request: { query: 'SELECT id FROM t WHERE id = ANY($1)', params: ['{id...}'] },
  },
  vector: {
    ...{ origin: 'vectors', key: 'vector:{name}', format: 'float32' },
    request: { model: 'm', input: '{name}' },
  },
};

export type Verdict =
  | { readonly kind: 'passed' | 'refused' }
  | { readonly kind: 'broken'; readonly how: string };

/** What becomes of a configuration with these changes. */
export async function verdictOn(where: Place, changes: readonly Change[]): Promise<Verdict> {
  const base = everything(where);
  const checked = await checkedOf(changed(base, changes), where.folder);
  if ('problems' in checked) {
    const bad = checked.problems.map((problem) => faultOf(problem)).find(Boolean);
    return bad === undefined ? { kind: 'refused' } : { kind: 'broken', how: bad };
  }
  // Whether another server is there is not for a check to know.
  const redis = { ...checked.settings.redis, jobs: where.redisUrl, cache: '' };
  const how = await brokenBy({ ...checked.settings, redis });
  return how === undefined ? { kind: 'passed' } : { kind: 'broken', how };
}

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** As `config check` does it. Anything but a list of problems is thrown. */
async function checkedOf(
  config: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<{ readonly settings: Settings } | { readonly problems: readonly Problem[] }> {
  try {
    const settings = await loadSettings({ config, env: {}, folder });
    const { problems } = await surveyOf(settings, { clock: systemClock, timezone: 'UTC' });
    return problems.length > 0 ? { problems } : { settings };
  } catch (error) {
    if (!(error instanceof ForewarmError) || error.code !== 'E_CONFIG_INVALID') throw error;
    return { problems: (error.details as { readonly problems: readonly Problem[] }).problems };
  }
}

/** Longer ones hide the others. */
const LONGEST_MESSAGE = 600;
/** Words of a stack, or of a program that is at its wit's end. */
const NO_SENTENCE = /undefined|\[object|TypeError|RangeError|ERR_|\bat .*:\d+:\d+/;

/** What is wrong with what is said of a problem; undefined when nothing is. */
export function faultOf({ path, message }: Problem): string | undefined {
  if (path === '') return `no place: ${message}`;
  if (message.length > LONGEST_MESSAGE) return `${path}: ${message.length} characters`;
  return message.length < 8 || NO_SENTENCE.test(message) ? `${path}: ${message}` : undefined;
}

/** How a configuration that was passed fails; undefined when it does not. */
export async function brokenBy(settings: Settings): Promise<string | undefined> {
  const { parts, verbs, lifecycle } = await boot({ settings, env: {}, answersReads: true, role: 'reader' });
  const release = lifecycle([]);
  try {
    await verbs.schedules();
    for (const source of settings.sources.values()) {
      const keys: string[] = [];
      const pages = parts.selection.expected(parseSelector(`source=${source.name}`), patience());
      for await (const page of pages) keys.push(...page.keys);
      if (keys.length === 0 && settings.entities.items !== undefined) continue;
      // No database is there.
      if (settings.origins.get(source.origin)?.kind === 'sql') continue;
      const reason = (await reasonsOf(parts.warmer, source, keys)).find((each) => NO_TRY_HEALS.test(each));
      if (reason !== undefined) return `source "${source.name}": ${reason}`;
    }
    return undefined;
  } finally {
    await release.stop(Date.now() + 5_000);
  }
}

const patience = () => AbortSignal.timeout(60_000);
/** Of a call that cannot be made, whatever the origin answers. */
const NO_TRY_HEALS = /invalid|cannot be sent|not supported|undefined|is not a function/i;

type Warmer = Awaited<ReturnType<typeof boot>>['parts']['warmer'];

/** Why keys were not warmed. */
async function reasonsOf(warmer: Warmer, source: Source, keys: readonly string[]): Promise<string[]> {
  const ended: Ended[] = [];
  const { unfinished, deferred } = await warmer.warm({
    ...{ source, keys, options: { reason: 'force', since: 0 }, user: 'run', run: undefined },
    onEnded: async (batch) => {
      ended.push(...batch);
    },
    signal: patience(),
  });
  return [...ended, ...unfinished, ...(deferred === undefined ? [] : [deferred])].map(({ reason }) => reason);
}
