/**
 * Brings what a fresh clone lacks, before `npm start` and `npm test`: the npm packages, a Redis server unless
 * REDIS_URL names one, and the console, built of its sources; with `--tests` also Python, in which a test runs the
 * reader of docs/format.md, openssl, which makes the certificates of tests, nginx and Varnish, behind which a test reads
 * values, Chromium, which opens the console, and Prometheus, which checks metrics, rules and dashboards. Says what it installs before it
 * does, and is silent when nothing is missing.
 *
 * It runs before anything is installed and under whatever Node the machine has, so it is plain JavaScript without
 * packages. The packages bring the Node that everything else runs on.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedisServer, REDIS_DIST, WAYS_OUT } from '../src/redis/find-redis.mjs';
import { consoleStep } from './console.mjs';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
/** Where Prometheus is unpacked; `test/support/prometheus.ts` looks there. */
const PROMETHEUS_DIST = join(PROJECT, '.forewarm', 'prometheus-dist');
const OLDEST_NODE = 24;

/** Something that cannot be mended here; the message says what to do. */
class Stop extends Error {}

function main(env, words) {
  const tests = words.includes('--tests') ? [toolsStep(), prometheusStep()] : [];
  const steps = [packagesStep(env), redisStep(env), ...tests].filter((step) => step !== undefined);
  if (steps.length > 0) {
    console.log(`Forewarm installs what is missing:\n${steps.map(({ what }) => `  - ${what}\n`).join('')}`);
  }
  for (const step of steps) take(step);
  if (!runsNewNode()) {
    throw new Stop(
      `this needs Node ${OLDEST_NODE}, and the npm package "node" that brings it was installed without its install ` +
        'script; run `npm ci --ignore-scripts=false`, or install a newer Node',
    );
  }
  // Built by packages that are there only now.
  buildConsole();
}

function take({ name, run }) {
  const began = Date.now();
  run();
  console.log(`  ${name}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Everything but the console works without it. */
function buildConsole() {
  const step = consoleStep();
  if (step === undefined) return;
  try {
    take(step);
  } catch (error) {
    console.log(`  ${error.message}`);
  }
}

function packagesStep(env) {
  const wanted = readLock('package-lock.json');
  const installed = readLock('node_modules/.package-lock.json');
  const missing = Object.entries(wanted).filter(
    ([path, { version, optional }]) =>
      path !== '' && (installed[path] === undefined ? !optional : installed[path].version !== version),
  );
  if (missing.length === 0) return undefined;
  const ci = ['ci', '--loglevel=error', '--no-audit', '--no-fund'];
  const npm = env.npm_execpath ? [process.execPath, env.npm_execpath, ...ci] : ['npm', ...ci];
  return {
    name: 'npm packages',
    what: `${missing.length} npm packages, into node_modules (npm ci)`,
    run: () => command(npm, { cwd: PROJECT }),
  };
}

/** What npm has written about the packages that are wanted, or installed. */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(PROJECT, path), 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

function redisStep(env) {
  if (env.REDIS_URL || findRedisServer(env) !== undefined) return undefined;
  if (env.FOREWARM_REDIS_SERVER) {
    throw new Stop(`FOREWARM_REDIS_SERVER is "${env.FOREWARM_REDIS_SERVER}", which is not a program`);
  }
  if (!works(['apt-get', '--version']) || !works(['dpkg-deb', '--version'])) {
    throw new Stop(`there is no redis-server or valkey-server on this machine; ${WAYS_OUT}`);
  }
  if (process.getuid() === 0) {
    return {
      name: 'redis-server',
      what: 'redis-server, as a system package (apt-get install)',
      run: redisBy(installRedis),
    };
  }
  return {
    name: 'redis-server',
    what: `redis-server, the system's package unpacked into ${REDIS_DIST} (no root needed)`,
    run: redisBy(unpackRedis),
  };
}

/** Where `bring` fails, its message also names what else there is. */
function redisBy(bring) {
  return () => {
    try {
      bring();
    } catch (error) {
      throw error instanceof Stop ? new Stop(`${error.message}\nFor Redis there are ${WAYS_OUT}`) : error;
    }
  };
}

/** What tests call: Debian's package, its program, and what makes that say that it is there. */
const TEST_TOOLS = [
  ['python3', 'python3', '--version'],
  ['openssl', 'openssl', 'version'],
  ['nginx-light', 'nginx', '-v'],
  ['varnish', 'varnishd', '-V'],
  ['chromium', 'chromium', '--version'],
];

/** Without root, nothing is brought: the tests that need these say so when they fail. */
function toolsStep() {
  const missing = TEST_TOOLS.filter(([, ...tool]) => !works(tool)).map(([name]) => name);
  if (missing.length === 0 || process.getuid() !== 0 || !works(['apt-get', '--version'])) return undefined;
  const names = [missing.slice(0, -1).join(', '), ...missing.slice(-1)].filter(Boolean).join(' and ');
  return {
    name: names,
    what: `${names}, as system packages (apt-get install)`,
    run: () => {
      command(['apt-get', 'update', '-qq'], { mayFail: true });
      command(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing]);
    },
  };
}

/**
 * Unpacked, also with root: of what Debian's package depends on, its programs need the C library alone, and installed it would
 * start a server. Where it cannot be brought, the tests that need it say so when they fail.
 */
function prometheusStep() {
  const folders = ['', join(PROMETHEUS_DIST, 'usr', 'bin')];
  const isThere = folders.some((folder) =>
    PROMETHEUS.every((name) => works([join(folder, name), '--version'])),
  );
  if (isThere || !works(['apt-get', '--version']) || !works(['dpkg-deb', '--version'])) return undefined;
  return {
    name: 'prometheus',
    what: `prometheus and promtool, the system's package unpacked into ${PROMETHEUS_DIST} (no root needed)`,
    run: unpackPrometheus,
  };
}

const PROMETHEUS = ['prometheus', 'promtool'];

function unpackPrometheus() {
  try {
    unpack(
      PROMETHEUS_DIST,
      () => ['prometheus'],
      (dist) => {
        for (const name of PROMETHEUS) command([join(dist, 'usr', 'bin', name), '--version']);
        rmSync(join(dist, 'usr', 'share'), { recursive: true, force: true });
      },
    );
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.log(`  prometheus cannot be brought, and its tests will fail: ${error.message.trim()}`);
  }
}

function installRedis() {
  command(['apt-get', 'update', '-qq'], { mayFail: true });
  command(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server']);
  if (findRedisServer(process.env) === undefined) {
    throw new Stop(
      `redis-server is installed, but not on the PATH (${process.env.PATH}); set FOREWARM_REDIS_SERVER`,
    );
  }
}

function unpackRedis() {
  unpack(REDIS_DIST, redisPackages, (dist) => {
    writeLauncher(dist);
    command([join(dist, 'bin', 'redis-server'), '--version']);
  });
}

/** Downloads packages and unpacks them into a folder of the project, which is there whole, or not at all. */
function unpack(target, packagesBy, finish) {
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(`${target}-`);
  try {
    const debs = download(work, packagesBy);
    const dist = join(work, 'dist');
    for (const deb of debs) command(['dpkg-deb', '-x', deb, dist]);
    finish(dist);
    rmSync(target, { recursive: true, force: true });
    renameSync(dist, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Tries with the system's package lists; where they are absent or out of date, with lists of its own. */
function download(work, packagesBy) {
  const folder = join(work, 'debs');
  mkdirSync(folder);
  if (!fetchPackages(folder, packagesBy([], true), [], true)) {
    const lists = join(work, 'lists');
    const cache = join(work, 'cache');
    for (const path of [join(lists, 'partial'), join(cache, 'archives', 'partial')]) {
      mkdirSync(path, { recursive: true });
    }
    const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'Debug::NoLocking=1'];
    command(['apt-get', 'update', '-qq', ...own], { mayFail: true });
    fetchPackages(folder, packagesBy(own, false), own, false);
  }
  return readdirSync(folder).map((name) => join(folder, name));
}

function fetchPackages(folder, names, options, mayFail) {
  if (names === undefined) return false;
  return command(['apt-get', ...options, 'download', ...names], { cwd: folder, mayFail }) !== undefined;
}

/** The packages of the server, and of those of its libraries that this system lacks. */
function redisPackages(options, mayFail) {
  const install = ['install', '--simulate', '--no-install-recommends', 'redis-server'];
  const plan = command(['apt-get', ...options, ...install], { mayFail });
  if (plan === undefined) return undefined;
  const lacking = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
  // The server's program is in redis-tools, its name in redis-server; both are needed also where they are installed.
  return [...new Set(['redis-server', 'redis-tools', ...lacking])];
}

/** A script that starts the server with the libraries beside it. */
function writeLauncher(dist) {
  const libraries = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => /\.so(\.|$)/.test(entry.name))
    .map((entry) => (entry.parentPath ?? entry.path).slice(dist.length));
  const path = [...new Set(libraries)].map((folder) => `$here${folder}`).join(':');
  const launcher = join(dist, 'bin', 'redis-server');
  mkdirSync(dirname(launcher), { recursive: true });
  writeFileSync(
    launcher,
    `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
LD_LIBRARY_PATH="${path}" exec "$here/usr/bin/redis-server" "$@"
`,
  );
  chmodSync(launcher, 0o755);
}

/** What it printed; when it fails, a `Stop` with it, or undefined where it may fail. */
function command([program, ...words], { cwd, mayFail = false } = {}) {
  // Offline, systemd starts no service of what is installed: a test starts its own.
  const quiet = { DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' };
  const env = { ...process.env, ...quiet, LC_ALL: 'C' };
  const { status, error, stdout, stderr } = spawnSync(program, words, { cwd, env, encoding: 'utf8' });
  if (status === 0) return stdout;
  if (mayFail) return undefined;
  const shown = middleCut(`${stdout ?? ''}${stderr ?? ''}`.trim());
  throw new Stop(`\`${[program, ...words].join(' ')}\` failed: ${error?.message ?? shown}`);
}

/** Programs say what went wrong at the beginning (npm) or at the end (apt-get). */
function middleCut(text) {
  return text.length <= 4_000 ? text : `${text.slice(0, 2_000)}\n...\n${text.slice(-2_000)}`;
}

function works([program, ...words]) {
  return spawnSync(program, words, { stdio: 'ignore' }).status === 0;
}

function runsNewNode() {
  return (
    Number.parseInt(process.versions.node, 10) >= OLDEST_NODE ||
    existsSync(join(PROJECT, 'node_modules', 'node', 'bin', 'node'))
  );
}

try {
  main(process.env, process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`Forewarm cannot set itself up: ${error.message}`);
  process.exitCode = 1;
}
