/**
 * The private Redis of `redis.jobs: embedded`: a server on a Unix socket inside the data folder, durable, never evicting.
 * The first process starts it and stops it; processes that come later attach to it.
 *
 * The server ends with the process that started it, also when that one is killed: a small shell stands between them and
 * holds the reading end of a pipe whose writing end only that process has. The system closes it with the process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { createConnection, Socket } from 'node:net';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { makeFolder } from '../flow/files.ts';
import { findRedisServer, REDIS_DIST, WAYS_OUT } from './find-redis.mjs';
import { withStartLock } from './start-lock.ts';

export interface EmbeddedRedis {
  /** For ioredis: `new Redis({ ...connection })`. */
  readonly connection: { readonly path: string };
  /** For people and `redis-cli -u`; `unix:///.../redis.sock`. */
  readonly url: string;
  /** True when this process started the server; it then ends with this process. */
  readonly owned: boolean;
  /** Stops the server if this process owns it, and waits until its data is on disk. Idempotent. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisDeps {
  /** The data folder, such as `.forewarm`. The server keeps to `redis` inside it. */
  readonly data: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How long a server that is there already may load its data, or another process may start one, in ms; as long as they need, unless given. */
  readonly patience?: number | undefined;
}

interface Place {
  readonly folder: string;
  readonly socket: string;
  readonly log: string;
  readonly pidFile: string;
}

type Answer = 'ready' | 'loading' | 'silent' | 'none';

/** The longest socket path that every system accepts (macOS: 104 bytes with the closing zero). */
const LONGEST_SOCKET = 100;
const POLL_MS = 20;
/** How long a server may take to listen, to answer, and to end. Loading its data may take as long as it needs. */
const PATIENCE_MS = 10_000;
/** What a server is given to answer, however long others held the lock. */
const LEAST_MS = 250;
const WITH_ANOTHER_FOLDER = 'make that a folder that this user can write to, or name another one in `data`';

/**
 * Runs the server in its arguments until it ends, or until standard input is closed; then asks it to stop. A second shell
 * does the reading: it starts before the server, and outlives the first shell if that is killed. It signals the whole
 * process group, so the first shell must have one of its own.
 */
const GUARDIAN = `exec 3<&0 </dev/null
ended=
trap ended=yes TERM
( read -r end <&3; kill -TERM 0 ) &
watcher=$!
"$@" 3<&- &
server=$!
exec 3<&-
[ -z "$ended" ] || kill -TERM "$server"
wait "$server"; code=$?
while kill -TERM "$server" 2>/dev/null; do wait "$server"; code=$?; done
kill "$watcher" 2>/dev/null
exit "$code"`;

/**
 * Attaches to the server of this data folder, or starts it, and returns when it is ready. Throws E_REDIS_UNAVAILABLE
 * when no server program is found, the folder cannot be used, or the server does not start or does not answer.
 */
export async function attachOrStart(deps: EmbeddedRedisDeps): Promise<EmbeddedRedis> {
  const { data, clock, patience = Number.POSITIVE_INFINITY } = deps;
  const release = keepAlive();
  const began = clock.elapsed();
  try {
    const place = await prepare(data);
    const lock = join(place.folder, 'start.lock');
    return await withStartLock(lock, { clock, patience }, () => {
      const left = Math.max(LEAST_MS, patience - (clock.elapsed() - began));
      return attachOrStartAt(place, { ...deps, patience: left });
    });
  } catch (cause) {
    if (cause instanceof ForewarmError) throw cause;
    throw unavailable(
      `cannot start the private Redis in "${data}": ${messageOf(cause)}; ${WITH_ANOTHER_FOLDER}`,
    );
  } finally {
    release();
  }
}

async function attachOrStartAt(
  place: Place,
  { env, clock, patience }: EmbeddedRedisDeps & { readonly patience: number },
): Promise<EmbeddedRedis> {
  const answer = await ask(place.socket, Math.min(patience, PATIENCE_MS));
  if (answer === 'silent') {
    throw unavailable(`the private Redis at ${place.socket} accepts connections but does not answer`);
  }
  if (answer === 'none') {
    await previousIsGone(place, clock);
    return start(place, env, clock);
  }
  await untilReady(place, undefined, clock, patience);
  return { ...addressOf(place), owned: false, stop: async () => {} };
}

/** Keeps the process from ending while it waits here: timers of a clock do not, and an open port does. */
function keepAlive(): () => void {
  const { port1 } = new MessageChannel();
  port1.ref();
  return () => port1.close();
}

async function prepare(data: string): Promise<Place> {
  makeFolder(join(data, 'redis'), 0o700);
  const folder = await realpath(join(data, 'redis'));
  const socket = join(folder, 'redis.sock');
  return {
    folder,
    socket: Buffer.byteLength(socket) <= LONGEST_SOCKET ? socket : await shortSocket(folder),
    log: join(folder, 'redis.log'),
    pidFile: join(folder, 'redis.pid'),
  };
}

/** A socket outside a data folder whose path is too long: in a folder of `/tmp` that no other user can enter. */
async function shortSocket(folder: string): Promise<string> {
  const user = process.getuid?.() ?? 0;
  const home = `/tmp/forewarm-${user}`;
  makeFolder(home, 0o700);
  const found = await lstat(home);
  if (!found.isDirectory() || found.uid !== user || (found.mode & 0o077) !== 0) {
    throw unavailable(`${home} is not a folder that only this user can enter; remove it`);
  }
  return join(home, `${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`);
}

function addressOf(place: Place): Pick<EmbeddedRedis, 'connection' | 'url'> {
  return { connection: { path: place.socket }, url: `unix://${place.socket}` };
}

/** Waits for a server that no longer listens but still writes its last data. */
async function previousIsGone(place: Place, clock: Clock): Promise<void> {
  const since = clock.elapsed();
  const pid = Number(await readFile(place.pidFile, 'utf8').catch(() => ''));
  while (pid > 0 && (await isServer(pid))) {
    if (clock.elapsed() - since >= PATIENCE_MS) {
      throw unavailable(
        `a server with process id ${pid} still uses ${place.folder}; end it (kill ${pid}) and try again`,
      );
    }
    await sleep(clock, POLL_MS);
  }
}

/** Whether the process is a Redis server, and not another one that was given the number of one that died. */
async function isServer(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (commandLine) => /redis|valkey/.test(commandLine),
    () => process.platform !== 'linux',
  );
}

async function start(place: Place, env: EmbeddedRedisDeps['env'], clock: Clock): Promise<EmbeddedRedis> {
  const binary = findRedisServer(env);
  if (binary === undefined) {
    const looked =
      env.FOREWARM_REDIS_SERVER === undefined
        ? `no redis-server or valkey-server on the PATH or in ${REDIS_DIST}`
        : `FOREWARM_REDIS_SERVER is "${env.FOREWARM_REDIS_SERVER}", which is not a program`;
    throw unavailable(`cannot start the private Redis: ${looked}; ${WAYS_OUT}`);
  }
  const guardian = spawnGuardian(place, binary, env);
  const gone = new Promise((resolve) => guardian.once('close', resolve));
  const stop = async () => {
    guardian.ref();
    guardian.stdin?.end();
    await gone;
  };
  try {
    await untilReady(place, guardian, clock);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...addressOf(place), owned: true, stop };
}

function spawnGuardian(place: Place, binary: string, env: EmbeddedRedisDeps['env']): ChildProcess {
  const log = openSync(place.log, 'w', 0o600);
  try {
    const guardian = spawn('/bin/sh', ['-c', GUARDIAN, 'forewarm-redis', binary, ...serverArguments(place)], {
      stdio: ['pipe', log, log],
      // A session, and so a process group, of its own: a Ctrl-C on the terminal must not reach the server before the
      // work in hand is done.
      detached: true,
      cwd: place.folder,
      env,
    });
    // `untilReady` reports a failed start, with the log.
    guardian.on('error', () => {});
    guardian.unref();
    if (guardian.stdin instanceof Socket) guardian.stdin.unref();
    return guardian;
  } finally {
    closeSync(log);
  }
}

function serverArguments(place: Place): string[] {
  const options = {
    port: '0',
    unixsocket: place.socket,
    unixsocketperm: '700',
    dir: place.folder,
    pidfile: place.pidFile,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Returns when the server answers; throws when its guardian ends first, when it does not listen in time, or when it loads for longer than `loading`, in ms. */
async function untilReady(
  place: Place,
  guardian: ChildProcess | undefined,
  clock: Clock,
  loading = Number.POSITIVE_INFINITY,
): Promise<void> {
  const began = clock.elapsed();
  for (let since = began; ; ) {
    const answer = await ask(place.socket);
    if (answer === 'ready') return;
    if (answer === 'loading') since = clock.elapsed();
    if (answer === 'loading' && since - began >= loading)
      throw unavailable('the private Redis still loads its data; try again soon');
    const ended = guardian !== undefined && (guardian.exitCode !== null || guardian.pid === undefined);
    if (ended || clock.elapsed() - since >= PATIENCE_MS) {
      const tail = await readFile(place.log, 'utf8').catch(messageOf);
      throw unavailable(
        `the private Redis ${ended ? 'ended while it started' : 'does not get ready'}; ${place.log} ends with:\n${tail.slice(-2_000)}`,
      );
    }
    await sleep(clock, POLL_MS);
  }
}

/** Sends a PING over a connection of its own. */
function ask(socket: string, patience = PATIENCE_MS): Promise<Answer> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    const end = (answer: Answer) => {
      connection.destroy();
      resolve(answer);
    };
    connection.setTimeout(patience, () => end('silent'));
    connection.once('connect', () => connection.write('PING\r\n'));
    connection.once('data', (data) => end(data.toString().startsWith('+PONG') ? 'ready' : 'loading'));
    connection.once('error', (error) => end(/ENOENT|ECONNREFUSED/.test(error.message) ? 'none' : 'silent'));
    connection.once('close', () => end('none'));
  });
}

function unavailable(message: string): ForewarmError {
  return new ForewarmError('E_REDIS_UNAVAILABLE', message);
}
