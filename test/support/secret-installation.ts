/** A configuration that takes a secret out of a variable in every place that may hold one, over servers that repeat what they are sent. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANSWERS, type EchoServer, SPELLINGS } from './echo-server.ts';

/** Of parts of hosts and of what is compared in lower case. */
const lower = (name: string) => `kq7${name.toLowerCase()}w4`;
const plain = (name: string) => `Zq7-${name}.4Kw`;
/** Which are written in another way in URLs, JSON and HTML. */
const signs = (name: string) => `Zq7/${name}+"&\\=%<4Kw`;

/** By the variables that hold them. No name tells that there is a secret in it. */
export const SECRETS = {
  ...{ ORIGIN_PATH: plain('op'), ORIGIN_QUERY: signs('oq'), ORIGIN_HEADER: signs('oh'), BEARER: plain('br') },
  ...{ HOST_PART: lower('hp'), WHOLE: plain('wh'), CLOSED: plain('cl'), PROXY: plain('px') },
  ...{ SOURCE_PATH: plain('sp'), SOURCE_QUERY: signs('sq'), SOURCE_HEADER: signs('sh'), PROBE: plain('pb') },
  ...{ BODY: signs('bo'), BODY_LIST: plain('bl'), PROBE_QUERY: signs('pq'), IN_TEMPLATE: plain('it') },
  ...{ LIST_PATH: plain('lp'), LIST_QUERY: plain('lq') },
  ...{
    SQL_WORD: plain('sw'),
    SQL_TEXT: plain('st'),
    SQL_LIST: plain('sl'),
    SQL_BOUND: plain('sb'),
    SQL_BASE: plain('sd'),
  },
  ...{ MODULE: signs('mo'), MODULE_PART: signs('mp'), VECTORS: plain('vc') },
  ...{
    REDIS_WORD: plain('rw'),
    CACHE_WORD: plain('cw'),
    S3_PATH: plain('s3'),
    S3_ID: plain('si'),
    S3_WORD: plain('ss'),
  },
  ...{ CALLER: plain('ca'), READER: plain('rd'), BOX: randomBytes(32).toString('base64') },
  ...{ OTLP_PATH: plain('tp'), OTLP_HEADER: plain('th'), OTLP_MORE: plain('tm') },
};
/** Which reach no server that keeps what it is sent, or none as they are. */
export const NOT_SENT: readonly (keyof typeof SECRETS)[] = [
  ...(['HOST_PART', 'CLOSED', 'MODULE', 'MODULE_PART', 'REDIS_WORD', 'CACHE_WORD', 'S3_WORD'] as const),
  ...(['CALLER', 'READER', 'BOX'] as const),
];
type Name = keyof typeof SECRETS;
const of = (name: Name) => `\x24{${name}}`;

/** Which the process reads by itself. */
export const OTHER_VARIABLES = {
  OTEL_EXPORTER_OTLP_HEADERS: `x-more=${SECRETS.OTLP_MORE}`,
  OTEL_BSP_SCHEDULE_DELAY: '200',
};

export interface Places {
  readonly folder: string;
  readonly echo: EchoServer;
  readonly redis: number;
  readonly postgres: number;
  readonly closed: number;
  readonly otlp: string;
}

/** Answers of origins that are asked key by key. */
export const KINDS = Object.keys(ANSWERS).filter((name) => !['list', 'xml'].includes(name));

const THROWING = `export const fetchMany = ({ origin, source }) => {
  throw new Error('no rights for ' + JSON.stringify([origin.options, source.options]));
};`;

function originsOf({ echo, postgres, closed, folder }: Places) {
  const at = `http://127.0.0.1:${echo.port}`;
  const headers = { authorization: `Bearer ${of('BEARER')}`, 'x-team': of('ORIGIN_HEADER') };
  const given = { kind: 'http', headers, query: { team: of('ORIGIN_QUERY') }, absence: '100%' };
  const echoing = KINDS.map((kind) => [kind, { ...given, url: `${at}/${of('ORIGIN_PATH')}/a` }]);
  return {
    ...Object.fromEntries(echoing),
    batches: { ...given, url: `${at}/${of('ORIGIN_PATH')}` },
    whole: { kind: 'http', url: of('WHOLE') },
    closed: { kind: 'http', url: `http://127.0.0.1:${closed}/${of('CLOSED')}` },
    nowhere: { kind: 'http', url: `http://${of('HOST_PART')}.invalid/a` },
    proxied: {
      kind: 'http',
      url: 'https://a.example/',
      proxy: `http://user:${of('PROXY')}@127.0.0.1:${echo.port}`,
    },
    vectors: {
      kind: 'embeddings',
      url: `${at}/${of('ORIGIN_PATH')}/refused`,
      headers: { 'api-key': of('VECTORS') },
    },
    base: { kind: 'sql', url: `postgres://reader:${of('SQL_WORD')}@127.0.0.1:${postgres}/${of('SQL_BASE')}` },
    module: { kind: 'module', module: join(folder, 'origin.mjs'), options: { word: of('MODULE') } },
  };
}

function sourcesOf() {
  const given = { headers: { 'x-from': of('SOURCE_HEADER') }, query: { from: of('SOURCE_QUERY') } };
  const path = (kind: string) => `/${of('SOURCE_PATH')}/${kind}/{id}`;
  const guards: Readonly<Record<string, object>> = {
    typed: { contentTypes: ['image/png'] },
    told: { error: 'error' },
  };
  const http = (origin: string, kind: string) => ({
    ...{ origin, key: `${origin}:{id}`, request: { ...given, path: path(kind) } },
    ...(guards[kind] !== undefined && { guard: guards[kind] }),
  });
  const probe = {
    path: `/${of('PROBE')}/unknown`,
    query: { at: of('PROBE_QUERY') },
    schedule: '* * * * * *',
  };
  const body = {
    ids: '{id...}',
    from: of('BODY'),
    of: [{ list: of('BODY_LIST') }],
    text: `a-${of('IN_TEMPLATE')}-b`,
  };
  return {
    ...Object.fromEntries(KINDS.map((kind) => [kind, http(kind, kind)])),
    probed: { origin: 'batches', key: 'probed:{id}', request: { path: '/typed/{id}', versionProbe: probe } },
    batches: {
      ...{ origin: 'batches', key: 'batches:{id}' },
      request: {
        batch: {
          path: `/${of('SOURCE_PATH')}/refused/json`,
          method: 'POST',
          body,
          query: { q: of('SOURCE_QUERY') },
        },
      },
    },
    ...Object.fromEntries(
      ['whole', 'closed', 'nowhere', 'proxied'].map((origin) => [origin, http(origin, 'refused')]),
    ),
    vectors: {
      origin: 'vectors',
      key: 'vectors:{id}',
      format: 'float32',
      request: { model: 'm', input: '{id}' },
    },
    base: {
      ...{ origin: 'base', key: 'base:{id}' },
      request: {
        query: `SELECT f('${of('SQL_TEXT')}'), g($2) WHERE id = $1`,
        params: ['{id}', of('SQL_BOUND')],
      },
    },
    module: { origin: 'module', key: 'module:{id}', request: { options: { part: [of('MODULE_PART')] } } },
  };
}

/** Besides `refused`. */
export const SOURCES = Object.keys(sourcesOf()).filter((name) => name !== 'refused');

/** The variables, and the file of the configuration. */
export async function writeSecretInstallation(places: Places) {
  const { folder, redis, otlp, echo } = places;
  const env = {
    ...SECRETS,
    WHOLE: `http://127.0.0.1:${echo.port}/refused/${SECRETS.WHOLE}`,
    ...OTHER_VARIABLES,
  };
  await writeFile(join(folder, 'origin.mjs'), THROWING);
  await writeFile(join(folder, 'ids.csv'), ['id', ...Object.keys(SPELLINGS), ''].join('\n'));
  const server = (word: Name) => `redis://default:${of(word)}@127.0.0.1:${redis}`;
  const config = {
    redis: { jobs: server('REDIS_WORD'), cache: server('CACHE_WORD') },
    tiers: {
      disk: { path: join(folder, 'cache.db') },
      s3: {
        ...{ enabled: true, bucket: 'values', endpoint: `http://127.0.0.1:${echo.port}/${of('S3_PATH')}` },
        ...{ accessKeyId: of('S3_ID'), secretAccessKey: of('S3_WORD') },
      },
    },
    codec: { encrypt: { keys: { one: of('BOX') }, current: 'one' } },
    origins: originsOf(places),
    sources: sourcesOf(),
    entities: {
      ids: { csv: 'ids.csv', id: 'id' },
      listed: { origin: 'batches', path: `/${of('LIST_PATH')}/list?of=${of('LIST_QUERY')}`, id: 'other' },
      rows: { origin: 'base', query: `SELECT other FROM f('${of('SQL_LIST')}')`, id: 'other' },
    },
    schedules: { nightly: { cron: '0 0 29 2 *', warm: { sources: ['refused'] } } },
    jobs: { attempts: 1, outage: '1ms', backoff: '1ms', backoffMax: '1ms' },
    api: {
      port: 0,
      tokens: [
        { name: 'ops', token: of('CALLER'), scopes: ['admin'] },
        { name: 'reader', token: of('READER') },
      ],
    },
    log: { level: 'trace', format: 'json' },
    telemetry: {
      otlp: { endpoint: `${otlp}/${of('OTLP_PATH')}`, headers: { 'x-team': of('OTLP_HEADER') } },
      ...{ traces: { detail: 'all' }, metrics: { every: '30s' } },
    },
  };
  const file = join(folder, 'forewarm.yaml');
  await writeFile(file, JSON.stringify(config, null, 2));
  return { file, env };
}
