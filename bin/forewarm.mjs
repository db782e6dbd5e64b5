#!/usr/bin/env node
/** The `forewarm` command. Under a Node that is too old it hands over to the one that the npm package `node` brings. */
import { spawn } from 'node:child_process';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  silence(/SQLite/);
  // Most commands live shorter than it takes to compile what they load.
  module.enableCompileCache();
  const { run } = await import('../src/cli/main.ts');
  await run();
} else {
  handOver();
}

/** Node announces `node:sqlite` as experimental in each process; users of the command need not read that. */
function silence(pattern) {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!pattern.test(String(warning))) emitWarning.call(process, warning, ...rest);
  };
}

function handOver() {
  const node = newNode();
  if (node === undefined) {
    console.error(
      `forewarm needs Node ${OLDEST_NODE} and this is ${process.version}; run \`npm ci\`, or install a newer one`,
    );
    process.exitCode = 1;
    return;
  }
  const words = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, [...process.execArgv, ...words], { stdio: 'inherit' });
  // What a terminal sends reaches the child as well; so soon after each other, two signals count as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.removeAllListeners();
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

function newNode() {
  try {
    return join(dirname(module.createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    return undefined;
  }
}
