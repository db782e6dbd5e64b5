/** One configuration on hosts whose clocks show different times: it names the same times on each. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const PROGRAM = `
import { loadSettings } from '${new URL('../../src/settings/load.ts', import.meta.url)}';
import { schedulesOf } from '${new URL('../../src/schedules/configured.ts', import.meta.url)}';
import { ruleText } from '${new URL('../../src/schedules/rule.ts', import.meta.url)}';
import { firingOf, NO_WISHES } from '${new URL('../../src/policy/tick-rules.ts', import.meta.url)}';
const warm = '';
const settings = await loadSettings({ env: {}, config: {
  origins: { o: { kind: 'http', url: 'http://h' } },
  sources: { s: { origin: 'o', key: 's', temperature: 'cold', request: { path: '/', versionProbe: { path: '/v', schedule: '30 4 * * *' } } } },
  schedules: {
    nightly: { cron: '0 2 * * *', warm, except: ['22:00-01:30'], jitter: '5m' },
    named: { cron: '0 2 * * *', timezone: 'America/Denver', warm },
    daily: { cron: '@daily', warm, deadline: '06:00' },
    often: { every: '7m', start: '2026-11-28T01:00', warm, except: ['sat,sun'] },
    once: { at: ['2027-01-01', '2027-06-01T06:00'], warm },
  },
} });
const from = Date.UTC(2026, 10, 28);
console.log(JSON.stringify([new Date(from).getTimezoneOffset(), schedulesOf(settings).map((schedule) => {
  const { next } = firingOf({ ...schedule, windows: [] }, NO_WISHES);
  return [schedule.name, ruleText(schedule.rule), next(from)];
})]));
`;

async function timesOn(timezone: string): Promise<[offset: number, schedules: [string, string, number][]]> {
  const args = ['--input-type=module', '-e', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, TZ: timezone },
  });
  return JSON.parse(stdout);
}

it('names the same times, by the same rules, on a host in Denver and on one in Kolkata', async () => {
  const [[denver, west], [kolkata, east]] = await Promise.all([
    timesOn('America/Denver'),
    timesOn('Asia/Kolkata'),
  ]);
  expect([denver, kolkata]).toEqual([420, -330]);
  expect(west).toEqual(east);
  expect(west.map(([name]) => name)).toEqual(
    expect.arrayContaining(['cold', 's.version', 'gc', 'nightly', 'daily', 'often', 'once']),
  );
  const times = new Map(west.map(([name, , next]) => [name, next && new Date(next).toISOString()]));
  expect(times.get('nightly')).toBe('2026-11-28T02:00:00.000Z');
  expect(times.get('named')).toBe('2026-11-28T09:00:00.000Z');
  expect(times.get('cold')).toBe('2026-11-28T03:00:00.000Z');
});
