import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

const ROW = {
  ...{
    source: 'quote',
    temperature: 'hot' as const,
    keys: 1_000,
    everyMs: 240_000,
    reported: true,
    reads: 900,
  },
  ...{ since: 0, overMs: 3_600_000, by: ['reader 7 on here'] },
  ...{ worth: 300, seldom: 100, unread: 600, untold: 0, callsPerDay: 36_000, callsUnread: 21_600 },
  samples: ['quote:1', 'quote:\u001b[2J'],
};
const SILENT = {
  ...{ ...ROW, since: null, overMs: 0, by: [] },
  source: 'profile',
  reported: false,
  unread: 0,
  untold: 1_000,
  callsUnread: 0,
  samples: [],
};

test('worth shows what is refreshed and not read, with its calls, and where nothing follows', async () => {
  const cli = new Cli({ isTTY: true, columns: 80, env: { NO_COLOR: '1' } });
  cli.script({ worth: async (selector) => ({ selector, overMs: 3_600_000, sources: [ROW, SILENT] }) });
  const { code, out } = await cli.run('worth');
  expect(code).toBe(0);
  expect(out).toContain('  quote    1,000     4m    300     100     600       0   36,000     21,600\n');
  expect(out).toContain('Nobody reported reads of profile: ');
  expect(out).toContain('unread of quote, such as\n  quote:1\n  quote: [2J\n');
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('worth exits with 4 where no key was warmed yet, and writes its report as JSON', async () => {
  expect(await new Cli().run('worth')).toMatchObject({ code: 4, out: 'no key was warmed yet\n' });
  const cli = new Cli();
  const report = { selector: '', overMs: 3_600_000, sources: [ROW] };
  cli.script({ worth: async () => report });
  expect(JSON.parse((await cli.run('worth', '--json')).out)).toEqual(report);
});

test('worth says of which sources reads are counted for less than an hour, and by whom', async () => {
  const cli = new Cli();
  const young = {
    ...ROW,
    overMs: 240_000,
    by: ['reader 7 on here', 'reader 8 on here'],
    unread: 0,
    untold: 600,
  };
  cli.script({ worth: async (selector) => ({ selector, overMs: 3_600_000, sources: [young, SILENT] }) });
  const { out } = await cli.run('worth');
  expect(out).toContain(
    'Reads of quote were reported for 4m of it by reader 7 on here and 1 more: too short to call a key unread.\n',
  );
  expect(out).not.toContain('Reads of profile');
});
