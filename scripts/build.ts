/**
 * Builds the package that applications install: `npm run package`. Node does not strip types below `node_modules`, so
 * what is published is JavaScript with declarations; inside this project the sources run as they are.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consoleStep } from './console.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = resolve(process.argv[2] ?? join(ROOT, 'dist'));
/** What Node needs to run JavaScript that was written for Node 24. */
const ENGINES = { node: '>=24' };

rmSync(OUT, { recursive: true, force: true });
compile();
for (const name of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
  if (/\.d?\.?mts$|\.mjs$/.test(name)) copy(join('src', name));
}
consoleStep()?.run();
for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md', 'config', 'console/dist']) copy(name);
mkdirSync(join(OUT, 'bin'), { recursive: true });
writeFileSync(join(OUT, 'bin', 'forewarm.mjs'), compiledNames(read('bin/forewarm.mjs')), { mode: 0o755 });
for (const name of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
  if (/\.(js|d\.ts)$/.test(name))
    writeFileSync(join(OUT, name), compiledNames(readFileSync(join(OUT, name), 'utf8')));
}
writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);

function compile(): void {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const args = [join(typescript, 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', OUT];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function copy(name: string): void {
  cpSync(join(ROOT, name), join(OUT, name), { recursive: true });
}

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8');
}

/** The compiler does not rewrite files that are named by a URL, by plain JavaScript, or by a declaration. */
function compiledNames(text: string): string {
  return text.replace(/((?:import\(|new URL\(|from )\s*'\.[^']*)\.ts'/g, "$1.js'");
}

/** Of this project's manifest, what an installed package needs. */
function manifest(): Record<string, unknown> {
  const { name, version, description, license, type, bin, dependencies, exports } = JSON.parse(
    read('package.json'),
  );
  return {
    name,
    version,
    description,
    license,
    type,
    engines: ENGINES,
    exports: Object.fromEntries(
      Object.entries<string>(exports).map(([entry, source]) => [entry, compiledEntry(source)]),
    ),
    bin,
    dependencies,
  };
}

function compiledEntry(source: string): Readonly<Record<string, string>> {
  const file = source.replace(/\.ts$/, '');
  return { types: `${file}.d.ts`, default: `${file}.js` };
}
