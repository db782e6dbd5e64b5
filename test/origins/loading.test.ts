import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Packages that a process of its own asks for while it runs this code. */
function packagesOf(code: string): string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const asked = new Set();
    registerHooks({
      resolve(name, context, next) {
        if (name === 'undici' || name === 'pg') asked.add(name);
        return next(name, context);
      },
    });
    const { openOrigins } = await import('./src/origins/kinds.ts');
    const { systemClock } = await import('./src/core/clock.ts');
    await import('./src/app/compose.ts');
    const budget = { concurrency: 1, timeout: 1_000 };
    ${code}
    process.stdout.write(JSON.stringify([...asked]));
    process.exit();`;
  const args = ['--no-warnings', '--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

const opening = (options: string) =>
  `const origins = await openOrigins(new Map([['o', { ...budget, ${options} }]]), { clock: systemClock, env: {}, secrets: [] });`;

test('a client of origins is loaded by a process that has such an origin, and by no other', () => {
  expect(packagesOf(opening(`kind: 'module', module: '/none.mjs'`))).toEqual([]);
  expect(packagesOf(opening(`kind: 'http', url: 'http://127.0.0.1:1', throttledBy: [], query: {}`))).toEqual([
    'undici',
  ]);
});

test('the driver of PostgreSQL is loaded by the first call', () => {
  const sql = opening(`kind: 'sql', url: 'postgres://127.0.0.1:1/x'`);
  expect(packagesOf(sql)).toEqual([]);
  const probe = `await origins.get('o').probe(AbortSignal.timeout(5_000)).catch(() => undefined);`;
  expect(packagesOf(sql + probe)).toContain('pg');
});
