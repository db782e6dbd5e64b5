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
      'warm.recover: recover',
      'nightly: run',
      'gc: gc',
    ]);
  });

  test('of a temperature has its schedule and time zone', async () => {
    const text = `${GOOD}temperatures: { warm: { schedule: "*/7 * * * *", timezone: America/Denver } }\n`;
    const [warm] = schedulesOf(await loadText(text));
    expect(warm).toMatchObject({
      name: 'warm',
      rule: { cron: '*/7 * * * *', timezone: 'America/Denver' },
      action: { kind: 'refresh', temperature: 'warm' },
    });
  });

  test('between the ticks of a temperature is a look at what cannot wait, unless they come as often', async () => {
    const of = async (options: string) => {
      const schedules = schedulesOf(await loadText(`${GOOD}temperatures: { warm: ${options} }\n`));
      return schedules
        .filter(({ action }) => action.kind === 'recover')
        .map(({ name, rule }) => ({ name, rule }));
    };
    expect(await of('{ recover: 5m }')).toEqual([{ name: 'warm.recover', rule: { every: 300_000 } }]);
    expect(await of('{ recover: 0 }')).toEqual([]);
    expect(await of('{ schedule: "* * * * *" }')).toEqual([]);
    await expect(of('{ recover: 10ms }')).rejects.toThrow('must be at least 1s, or 0 for never');
  });

  test('of a named schedule is a run of what it selects, with its options', async () => {
    const nightly = schedulesOf(await loadText(GOOD + NIGHTLY)).find(({ name }) => name === 'nightly');
    expect(nightly).toMatchObject({
      rules: { missed: 'once', catchUp: 12 * 3_600_000, latest: 0, deadline: { after: 4 * 3_600_000 } },
      ...{ name: 'nightly', rule: { cron: '0 2 * * *', timezone: 'America/Denver' } },
      action: {
        kind: 'run',
        selector: 'source=profile',
        options: { force: true, missing: false, limit: 5 },
      },
    });
  });

  test('of a named schedule goes by its policies for times that were missed', async () => {
    const text =
      GOOD +
      NIGHTLY.replace('force: true', 'force: true, missed: all, catchUp: 2d, latest: 3h, overlap: allow');
    const nightly = schedulesOf(await loadText(text)).find(({ name }) => name === 'nightly');
    expect(nightly?.rules).toMatchObject({ missed: 'all', catchUp: 48 * 3_600_000, latest: 3 * 3_600_000 });
    const contradiction = text.replace('catchUp: 2d', 'catchUp: 0');
    await expect(loadText(contradiction)).rejects.toThrow('must be above 0 where `missed` is `all`');
  });

  test('of a source with a version probe is that probe', async () => {
    const probed = GOOD.replace(
      'path: "/markets/{market}"',
      '$&, versionProbe: { path: /v, schedule: "*/5 * * * *" }',
    );
    const schedules = schedulesOf(await loadText(probed));
    expect(schedules.find(({ action }) => action.kind === 'probe')).toMatchObject({
      ...{ name: 'profile.version', rule: { cron: '*/5 * * * *' } },
      action: { kind: 'probe', source: 'profile', origin: 'markets' },
    });
  });

  test('of gc is what was configured', async () => {
    const schedules = schedulesOf(await loadText(`${GOOD}jobs: { gc: { cron: "5 4 * * *" } }\n`));
    expect(schedules.at(-1)).toMatchObject({ name: 'gc', rule: { cron: '5 4 * * *' } });
  });
});
