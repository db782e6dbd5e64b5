import { describe, expect, test } from 'vitest';
import { sparkline } from '../../src/cli/terminal/sparkline.ts';
import type { HistoryRequest, HistoryView } from '../../src/verbs/history-shapes.ts';
import { Cli } from './harness.ts';

describe('forewarm history', () => {
  const view = (at: number): HistoryView => ({
    ...{ at, from: at - 240_000, step: 60_000, steps: 4, incompleteFrom: at, left: 2 },
    rows: [
      {
        ...{ series: 'coverage', labels: { source: 'quote', tier: 'stack' }, kind: 'gauge', unit: 'ratio' },
        ...{ values: [0.25, null, 1, null], lowest: [0.2, null, 1, null], highest: [0.5, null, 1, null] },
      },
      {
        ...{ series: 'tick-delay', labels: {}, kind: 'peak', unit: 'ms' },
        ...{
          values: [null, null, null, null],
          lowest: [null, null, null, null],
          highest: [null, null, null, null],
        },
      },
    ],
  });

  test('draws a line for each row, and leaves a gap where nothing is known', async () => {
    const cli = new Cli();
    cli.script({ history: async () => view(cli.clock.now()) });
    expect((await cli.run('history', 'coverage', 'tick-delay')).out).toBe(
      `  series      of           lowest  highest  latest
  coverage    quote stack    20 %    100 %   100 %  ▃ █
  tick-delay  -                 -        -       -

4 steps of 1m until now; a gap is not known
and 2 more rows: narrow them by a label, such as --source
`,
    );
  });

  test('asks for as much time, and as few steps, as there is room for', async () => {
    const cli = new Cli();
    const asked: HistoryRequest[] = [];
    cli.script({
      async history(request) {
        asked.push(request);
        return { ...view(cli.clock.now()), rows: [] };
      },
    });
    expect((await cli.run('history', 'calls', '--origin', 'markets', '--since', '6h')).code).toBe(4);
    await cli.run('history', 'calls', '--step', '5m');
    const now = cli.clock.now();
    expect(asked).toEqual([
      { series: ['calls'], origin: 'markets', from: now - 21_600_000, step: 540_000 },
      { series: ['calls'], from: now - 86_400_000, step: 300_000 },
    ]);
  });

  test('lists what there is, and refuses what there is not', async () => {
    const cli = new Cli();
    const { code, out } = await cli.run('history');
    expect([code, out]).toEqual([0, expect.stringContaining('refresh-lag')]);
    expect((await cli.run('history', 'nothing')).code).toBe(2);
    expect((await cli.run('history', 'calls', '--step', '1s')).code).toBe(2);
  });
});

test('a sparkline goes from 0 to the highest of its numbers', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8])).toBe('▁▂▃▄▅▆▇██');
  expect(sparkline([0, null, 0])).toBe('▁ ▁');
  expect(sparkline([])).toBe('');
});
