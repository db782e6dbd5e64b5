/**
 * Builds the console into `console/dist`, unless what is there was made of the same sources: `node scripts/console.mjs`, before
 * `npm start` and `npm test`, and for the package. Plain JavaScript, since `prepare.mjs` loads it under whatever Node the machine has.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(PROJECT, 'console', 'dist');
/** What `dist` was made of. */
const STAMP = 'made-of';
/** What the console is made of, besides itself: what its client imports, and the versions of packages. */
const SOURCES = ['console', 'src/api-client', 'src/core', 'src/flow', 'package-lock.json'];

/** What is to be done; undefined when it is up to date. */
export function consoleStep() {
  // A project of the tests has none.
  if (!existsSync(join(PROJECT, 'console', 'index.html'))) return undefined;
  if (stampOf(OUT) === fingerprint()) return undefined;
  return { name: 'console', what: 'the console, built into console/dist (vite)', run: buildConsole };
}

function stampOf(folder) {
  const path = join(folder, STAMP);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const path of filesIn(join(PROJECT, source))) {
      hash.update(`${relative(PROJECT, path)}\0`).update(readFileSync(path));
    }
  }
  return hash.digest('hex');
}

function filesIn(path) {
  if (path === OUT) return [];
  const names = existsSync(path) ? readNames(path) : [];
  return names === undefined ? [path] : names.flatMap((name) => filesIn(join(path, name)));
}

/** Undefined of a file. */
function readNames(path) {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** It is there whole or not at all: it is made beside, and then renamed. */
function buildConsole() {
  const made = fingerprint();
  const work = `${OUT}.${process.pid}`;
  const vite = join(PROJECT, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', join(PROJECT, 'console'), '--outDir', work, '--logLevel', 'warn'];
  try {
    const { status, error, stdout, stderr } = spawnSync(nodeOfProject(), args, {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(`the console cannot be built: ${error?.message ?? stdout + stderr}`.trim());
    writeFileSync(join(work, STAMP), made);
    replace(work, made);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Another process may do the same at the same time. */
function replace(work, made) {
  rmSync(OUT, { recursive: true, force: true });
  try {
    renameSync(work, OUT);
  } catch (error) {
    if (stampOf(OUT) !== made) throw error;
  }
}

/** Vite needs a newer one than the machine may have. */
function nodeOfProject() {
  const own = join(PROJECT, 'node_modules', 'node', 'bin', 'node');
  return existsSync(own) ? own : process.execPath;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) consoleStep()?.run();
