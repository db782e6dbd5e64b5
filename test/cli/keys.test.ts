import { describe, expect, test } from 'vitest';
import type { EntryFilter } from '../../src/verbs/entry-shapes.ts';
import { Cli } from './harness.ts';

describe('forewarm count', () => {
  test('says how many keys are selected, and of which source', async () => {
    const cli = new Cli();
    cli.stock(3);
    expect(await cli.run('count')).toMatchObject({
      code: 0,
      out: '  source   keys\n  profile     3\n\n3 keys\n',
    });
    expect((await cli.run('count', 'prefix=nothing:')).code).toBe(4);
  });

  test('does not pass an estimate off as a count', async () => {
    const cli = new Cli();
    const asked: (number | undefined)[] = [];
    const sources = [{ source: 'profile', keys: 12_345, exactness: 'estimate' as const }];
    cli.script({
      async count(selector, within) {
        asked.push(within);
        return { selector, keys: 12_345, exactness: 'at-least', sources, ms: 9 };
      },
    });
    const { out } = await cli.run('count', 'age>1h', '--within', '250ms');
    expect(out).toBe('  source           keys\n  profile  about 12,345\n\nat least 12,345 keys\n');
    expect(asked).toEqual([250]);
    expect((await cli.run('count', '--within', '1h')).code).toBe(2);
  });
});

describe('forewarm list', () => {
  test('asks for the state, tier and size that were named, and for the next page with them', async () => {
    const cli = new Cli();
    const asked: (EntryFilter | undefined)[] = [];
    cli.script({
      async list(_selector, _limit, _cursor, filter) {
        asked.push(filter);
        return { entries: [], looked: 10_000, cursor: 'profile|7|', note: null };
      },
    });
    const { code, out } = await cli.run(
      ...['list', 'source=profile', '--state', 'missing', '--tier', 'redis', '--min-bytes', '2KB'],
    );
    expect(asked).toEqual([{ state: 'missing', tier: 'redis', minBytes: 2_000 }]);
    expect(code).toBe(4);
    expect(out).toContain('none of the first 10,000 keys\n');
    expect(out).toContain(
      "list source=profile --state missing --tier redis --min-bytes 2000B --limit 20 --cursor 'profile|7|'",
    );
  });
});
