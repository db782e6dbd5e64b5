import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Which parts of the AWS SDK a process asks for that runs this code. */
function asked(code: string): string[] {
  const watch = `
    import { registerHooks } from 'node:module';
    const asked = new Set();
    registerHooks({
      resolve(name, context, next) {
        if (name.startsWith('@aws-sdk/')) asked.add(name);
        return next(name, context);
      },
    });
    ${code}
    process.stdout.write(JSON.stringify([...asked]));
    process.exit();`;
  const args = ['--no-warnings', '--input-type=module', '-e', watch];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
}

it('loads the AWS SDK with the first request, and not before', () => {
  const tier = `
    await import('./src/app/compose.ts');
    const { S3Tier } = await import('./src/tiers/s3/s3-tier.ts');
    const { s3Options } = await import('./src/tiers/s3/s3-options.ts');
    const { systemClock } = await import('./src/core/clock.ts');
    const { Events } = await import('./src/core/events.ts');
    const options = s3Options.parse({ bucket: 'none', endpoint: 'http://127.0.0.1:1', accessKeyId: 'a', secretAccessKey: 'b' });
    const tier = new S3Tier({ ...options, clock: systemClock, events: new Events() });`;
  expect(asked(tier)).toEqual([]);
  const request = `await tier.usage(new AbortController().signal).catch(() => undefined);`;
  expect(asked(`${tier}${request}`)).toContain('@aws-sdk/client-s3');
});
