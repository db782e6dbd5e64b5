/** A real process whose configuration is full of secrets out of variables, over servers that repeat them: nothing that it says holds one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { childEnvironment } from '../support/child-environment.ts';
import { SPELLINGS, startEchoServer } from '../support/echo-server.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startCommand } from '../support/real-cli.ts';
import { freePort, startRedisServer } from '../support/redis-server.ts';
import { startScriptedPostgres } from '../support/scripted-postgres.ts';
import { NOT_SENT, SECRETS, SOURCES, writeSecretInstallation } from '../support/secret-installation.ts';
import { temporaryFolder } from '../support/settings.ts';
import { TEST_PATIENCE, until, within } from '../support/waiting.ts';

const BIN = fileURLToPath(new URL('../../bin/forewarm.mjs', import.meta.url));

const KEYS = [
  ...Object.keys(SPELLINGS).map((spelling) => `refused:${spelling}`),
  ...SOURCES.map((source) => `${source}:raw`),
];
/** Of which more is asked than what lists say. */
const SHOWN_KEYS = ['refused:json', 'moved:raw', 'base:raw', 'module:raw', 'tagged:raw'];
const PLACES = { id: 'one', name: 'nightly', code: 'E_INTERNAL' };
const OPEN_METRICS = { accept: 'application/openmetrics-text; version=1.0.0' };

const COMMANDS: readonly (readonly string[])[] = [
  ['config', 'print'],
  ['config', 'check', '--set', 'sources.base.origin=none'],
  ['doctor', '--all'],
  ['check', '--fresh', 'source=refused'],
  ['plan', 'source=base,refused'],
  ['explain', 'refused:raw'],
  ['runs', 'show', 'one'],
  ['runs', 'failures', 'one'],
  ['runs', 'dead'],
];

/** What was said, by where. */
type Said = Map<string, string>;

/** Each secret that stands in there, with what is around it. */
function leaksIn(said: Said): string[] {
  const spelt = Object.entries(SECRETS).flatMap(([name, secret]) =>
    Object.entries(SPELLINGS).map(([how, spell]) => [name, how, spell(secret).toLowerCase()] as const),
  );
  return [...said].flatMap(([where, text]) => {
    const lower = text.toLowerCase();
    return spelt.flatMap(([name, how, secret]) => {
      const at = lower.indexOf(secret);
      return at === -1 ? [] : [`${name}, ${how}, in ${where}: ${text.slice(Math.max(0, at - 100), at + 60)}`];
    });
  });
}

async function setup() {
  const words = [SECRETS.OTLP_HEADER, SECRETS.OTLP_MORE, SECRETS.OTLP_PATH].join(' ');
  const [echo, redis, postgres, otlp, folder, closed] = await Promise.all([
    startEchoServer(Object.values(SECRETS)),
    startRedisServer({ more: ['--requirepass', SECRETS.REDIS_WORD] }),
    startScriptedPostgres(),
    startOtlpReceiver({ words: `nobody here is ${words}` }),
    temporaryFolder(),
    freePort(),
  ]);
  onTestFinished(() => redis.remove());
  otlp.answer = 401;
  const ports = { redis: redis.port, postgres: postgres.port, closed };
  const { file, env } = await writeSecretInstallation({ folder, echo, otlp: otlp.url, ...ports });
  return { echo, postgres, otlp, file, env };
}

/** `forewarm up`, and all that it has written so far. */
function startProcess(file: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [BIN, '-c', file, '--json', 'up'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...childEnvironment(), ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => written.push(text));
  const log = () => written.join('');
  const told = async () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${log()}`);
    return /"apiUrl":"([^"]+)"/.exec(log())?.[1] ?? '';
  };
  return {
    log,
    url: () => until('the address of the API', told, Boolean),
    stop: async () => {
      child.kill('SIGTERM');
      await within(TEST_PATIENCE, 'the end of the process', closed);
    },
  };
}

/** Keeps what a stream brings, for as long as it lasts: the one of all changes does until the process stops. */
async function follow(response: Response, where: string, said: Said): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? [])
      said.set(where, (said.get(where) ?? '') + decoder.decode(bytes, { stream: true }));
  } catch {
    // It was cut with the process.
  }
}

/** Keeps what the API answers. */
function callerOf(url: string, said: Said) {
  return async (path: string, body?: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(url + path, {
      headers: {
        authorization: `Bearer ${SECRETS.CALLER}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    const where = `${path} ${JSON.stringify({ ...body, ...headers })}`;
    if (response.headers.get('content-type')?.includes('event-stream'))
      return void follow(response, where, said);
    const text = await response.text();
    said.set(where, JSON.stringify([...response.headers]) + text);
    return JSON.parse(/^[{[]/.test(text) ? text : 'null');
  };
}

/** Each GET that the document of the API tells of. */
async function askAll(call: ReturnType<typeof callerOf>): Promise<void> {
  const { paths } = await call('/v1/openapi.json');
  const asked = Object.keys(paths)
    .filter((path) => paths[path].get !== undefined)
    .flatMap((path) => {
      const filled = path.replace(/\{(id|name|code)\}/, (_, place: keyof typeof PLACES) => PLACES[place]);
      return filled.includes('{')
        ? SHOWN_KEYS.map((key) => filled.replace(/\{[^}]+\}/, encodeURIComponent(key)))
        : [filled];
    });
  await Promise.all(asked.map((path) => call(path)));
  await call('/metrics', undefined, OPEN_METRICS);
}

async function runKeys(call: ReturnType<typeof callerOf>): Promise<void> {
  await call('/v1/runs', { id: 'one', keys: KEYS, force: true });
  // The last one waits until its origin takes calls again, and what verifies the run until a tier does.
  const isDone = ({ total, pending }: { total: number; pending: number }) => total > 0 && pending <= 1;
  await until('the keys', () => call('/v1/runs/one'), isDone);
  await call('/v1/runs/one/stop', {});
  await until(
    'the end of the run',
    () => call('/v1/runs/one'),
    ({ state }) => state === 'ended',
  );
}

describe('secrets of a configuration', () => {
  test('are in nothing that a process says to anybody, though all that it calls repeats them', async () => {
    const { echo, postgres, otlp, file, env } = await setup();
    const said: Said = new Map();
    const running = startProcess(file, env);
    const call = callerOf(await running.url(), said);
    await call('/v1/changes');
    await runKeys(call);
    const commands = COMMANDS.map(async (argv) => {
      const { out, err } = await within(TEST_PATIENCE, argv.join(' '), startCommand(file, argv, env).ended);
      said.set(argv.join(' '), out + err);
    });
    await Promise.all([askAll(call), ...commands]);
    await until(
      'a lost message',
      async () => running.log(),
      (log) => log.includes('telemetry.lost'),
    );
    otlp.answer = 200;
    await running.stop();
    said.set('its log', running.log());
    said.set('OTLP', otlp.requests.map(({ body }) => body.toString()).join('\n'));

    expect(leaksIn(said)).toEqual([]);
    const sent = [
      ...postgres.sent,
      ...otlp.requests.map(({ path, headers }) => path + JSON.stringify(headers)),
    ].join();
    const unsent = Object.entries(SECRETS).filter(
      ([, secret]) => !echo.heard.has(secret) && !sent.includes(secret),
    );
    expect(unsent.map(([name]) => name).sort()).toEqual([...NOT_SENT].sort());
    for (const where of [
      'its log',
      'OTLP',
      'config print',
      'runs dead',
      'doctor --all',
      '/v1/dead-letters {}',
    ])
      expect([where, said.get(where)?.includes('[redacted]')]).toEqual([where, true]);
    expect(otlp.spans.length).toBeGreaterThan(0);
  });

  test.each(Object.entries(SPELLINGS))('would be found there, %s', (how, spell) => {
    const said = new Map([['here', `it was ${spell(SECRETS.SOURCE_QUERY)}.`]]);
    expect(leaksIn(said)).toContainEqual(expect.stringContaining(`SOURCE_QUERY, ${how}, in here`));
  });
});
