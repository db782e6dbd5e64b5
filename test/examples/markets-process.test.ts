import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMarkets } from '../support/markets.ts';

const ORIGIN = 'examples/markets/origin.ts';

describe('the markets origin as a process', () => {
  it('starts on a free port with the switches it is given, and stops', async () => {
    const markets = await startMarkets({ rate: 9 });
    onTestFinished(() => markets.stop());
    expect(await markets.control({})).toMatchObject({ rate: 9, concurrency: 0, latency: 0 });
    expect((await fetch(`${markets.url}/markets/5419384/quote`)).status).toBe(200);
    expect(await markets.counters({ keys: true })).toMatchObject({ callsPerKey: { 'quote:5419384': 1 } });
    await markets.resetCounters();
    expect(await markets.counters()).toMatchObject({ calls: 0 });
    await expect(markets.control({ rate: -1 })).rejects.toThrow('400');
    await markets.stop();
    await markets.stop();
    await expect(fetch(markets.url)).rejects.toThrow();
  });

  it('explains its flags', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [ORIGIN, '--help']);
    for (const flag of ['--rate', '--concurrency', '--latency', '--error-rate', '--empty-rate', '--outage']) {
      expect(stdout).toContain(flag);
    }
    expect(stdout).toContain('Example: origin.ts --port 7070 --rate 400');
  });

  it.each([
    [['--latency', '20'], 'such as 20ms'],
    [['--rate', 'many'], 'must be a number'],
    [['--surprise'], 'unknown option'],
  ])('refuses %j', async (flags, says) => {
    await expect(promisify(execFile)(process.execPath, [ORIGIN, ...flags])).rejects.toThrow(says);
  });
});
