/**
 * Another program's opinion of which times an expression names: `systemd-analyze calendar` (Debian's package `systemd`), where its rule is
 * the same. It is not where clocks change, and where day of month and day of week are both set, so neither is asked. Without
 * the program there is nothing to compare with, and the test says that it was left out.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { offsetsOf } from '../../src/policy/local-time.ts';
import { nominalTimes } from '../../src/policy/nominal-times.ts';

const run = promisify(execFile);
const isThere = await run('systemd-analyze', ['calendar', 'daily']).then(
  () => true,
  () => false,
);
const DAY = 86_400_000;
const TIMES = 20;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** One field, as crontab and as systemd write it. */
type Field = readonly [cron: string, systemd: string];

function field(least: number, most: number, name: (value: number) => string = String): fc.Arbitrary<Field> {
  const value = fc.integer({ min: least, max: most });
  const listed = fc
    .uniqueArray(value, { minLength: 1, maxLength: 3 })
    .map((all): Field => [all.join(','), all.map(name).join(',')]);
  const range = fc
    .tuple(value, value)
    .filter(([from, to]) => from < to)
    .map(([from, to]): Field => [`${from}-${to}`, `${name(from)}..${name(to)}`]);
  return fc.oneof(fc.constant<Field>(['*', '*']), listed, range);
}

/** systemd's own steps go on over the end of a day, month or year, and leave out the first of the next. */
const steps = (least: number, most: number, step: number) =>
  Array.from({ length: Math.floor((most - least) / step) + 1 }, (_, i) => least + i * step);

const stepped = (least: number, most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: field(least, most) },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 2, max: most - least })
        .map((n): Field => [`*/${n}`, steps(least, most, n).join(',')]),
    },
  );

const days = fc.oneof(
  fc.record({ date: field(1, 28), week: fc.constant<Field>(['*', '']) }),
  fc.record({
    date: fc.constant<Field>(['*', '*']),
    week: field(1, 6, (day) => DAYS[day] ?? '').map(
      ([cron, text]): Field => [cron, text === '*' ? '' : text],
    ),
  }),
);
const expression = fc.record({ minute: stepped(0, 59), hour: stepped(0, 23), month: field(1, 12), days });
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Denver', 'Asia/Kolkata', 'Australia/Lord_Howe');

/** The next times by systemd, after a second. */
async function oracle(text: string, after: number): Promise<number[]> {
  const base = `--base-time=@${after / 1_000}`;
  const { stdout } = await run('systemd-analyze', ['calendar', `--iterations=${TIMES}`, base, text], {
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
  });
  return [...stdout.matchAll(/(?:Next elapse|Iter(?:ation|\.) #\d+): \w+ (\S+) (\S+) UTC/g)].map(
    ([, day, time]) => Date.parse(`${day}T${time}Z`),
  );
}

it.skipIf(!isThere)(
  `names the times that systemd names${isThere ? '' : ': left out, since systemd-analyze is not installed'}`,
  async () => {
    let compared = 0;
    const at = fc.integer({ min: Date.UTC(2026, 0, 1) / 1_000, max: Date.UTC(2036, 0, 1) / 1_000 });
    await fc.assert(
      fc.asyncProperty(
        expression,
        zone,
        at,
        async ({ minute, hour, month, days: { date, week } }, timezone, second) => {
          const cron = [minute, hour, date, month, week].map(([text]) => text).join(' ');
          const text = `${week[1]} *-${month[1]}-${date[1]} ${hour[1]}:${minute[1]}:00 ${timezone}`.trim();
          const { next } = nominalTimes({ cron, timezone });
          const offsetAt = offsetsOf(timezone);
          let known = second * 1_000;
          for (const expected of await oracle(text, known)) {
            // What is near a change of the clocks is another rule's.
            const found = next(known);
            const from = Math.min(known, expected, found ?? expected) - DAY;
            if (offsetAt(from) !== offsetAt(Math.max(expected, found ?? 0) + DAY)) return;
            expect(found && new Date(found).toISOString(), `${cron} | ${text} after ${known}`).toBe(
              new Date(expected).toISOString(),
            );
            known = expected;
            compared += 1;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(1_000);
  },
  300_000,
);
