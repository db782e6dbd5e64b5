import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

test('forewarm audit shows who changed what, and with which note', async () => {
  const cli = new Cli();
  await cli.verbs.pauseSchedules({ names: ['nightly'], kinds: [], all: false }, { why: 'a freeze' });
  const { code, out } = await cli.run('audit');
  expect(code).toBe(0);
  for (const shown of ['ann@host', 'library', 'pauseSchedules', 'names=["nightly"] · a freeze'])
    expect(out).toContain(shown);
});

test('forewarm audit goes on with the next page, and takes a filter', async () => {
  const cli = new Cli();
  await cli.verbs.release([]);
  await cli.verbs.redrive({});
  const { out } = await cli.run('audit', '--limit', '1');
  expect(out).toContain('redrive');
  const cursor = /--cursor (\S+)/.exec(out)?.[1] ?? '';
  expect((await cli.run('audit', '--limit', '1', '--cursor', cursor)).out).toContain('release');
  const json = JSON.parse((await cli.run('audit', '--verb', 'release', '--last', '1h', '--json')).out);
  expect(json).toMatchObject({ actions: [{ verb: 'release', who: 'ann@host' }], cursor: null });
  expect((await cli.run('audit', '--who', 'bob')).out).toContain('nobody changed anything');
});

test('forewarm audit refuses a verb that there is not', async () => {
  expect((await new Cli().run('audit', '--verb', 'read')).code).toBe(2);
});
