import { describe, expect, test } from 'vitest';
import { schedulesOf } from '../../src/schedules/configured.ts';
import { GOOD, loadText } from '../support/settings.ts';

const NIGHTLY = `schedules:
  nightly: { cron: "0 2 * * *", timezone: America/Denver, warm: "source=profile", limit: 5, force: true, deadline: 4h }
`;

describe('what fires', () => {
  test('is the refresh of each temperature that a source has, the named schedules, and gc', async () => {
    const schedules = schedulesOf(await loadText(GOOD + NIGHTLY));
    expect(schedules.map(({ name, action }) => `${name}: ${action.kind}`)).toEqual([
      'warm: refresh',
      'nightly: run',
      'gc: gc',
    ]);
  });

  test('of a temperature has its schedule and time zone', async () => {
    const text = `${GOOD}temperatures: { warm: { schedule: "*/7 * * * *", timezone: America/Denver } }\n`;
    const [warm] = schedulesOf(await loadText(text));
    expect(warm).toEqual({
      ...{ name: 'warm', cron: '*/7 * * * *', timezone: 'America/Denver' },
      action: { kind: 'refresh', temperature: 'warm' },
    });
  });

  test('of a named schedule is a run of what it selects, with its options', async () => {
    const nightly = schedulesOf(await loadText(GOOD + NIGHTLY)).find(({ name }) => name === 'nightly');
    expect(nightly).toEqual({
      ...{ name: 'nightly', cron: '0 2 * * *', timezone: 'America/Denver' },
      action: {
        kind: 'run',
        selector: 'source=profile',
        options: { force: true, missing: false, limit: 5 },
        deadline: 4 * 3_600_000,
      },
    });
  });

  test('of a source with a version probe is that probe', async () => {
    const probed = GOOD.replace(
      'path: "/markets/{market}"',
      '$&, versionProbe: { path: /v, schedule: "*/5 * * * *" }',
    );
    const schedules = schedulesOf(await loadText(probed));
    expect(schedules.find(({ action }) => action.kind === 'probe')).toEqual({
      ...{ name: 'profile.version', cron: '*/5 * * * *', timezone: undefined },
      action: { kind: 'probe', source: 'profile', origin: 'markets' },
    });
  });

  test('of gc is what was configured', async () => {
    const schedules = schedulesOf(await loadText(`${GOOD}jobs: { gc: { cron: "5 4 * * *" } }\n`));
    expect(schedules.at(-1)).toMatchObject({ name: 'gc', cron: '5 4 * * *' });
  });
});
