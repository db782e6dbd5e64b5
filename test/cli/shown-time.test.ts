/** The clock of this host may be off: ages and times are told by that of the jobs Redis, which they come from. */
import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

const HOUR = 3_600_000;

/** A command line whose host is so many ms behind the jobs Redis; a value, a run and a dead letter are of the host's present. */
async function behindBy(behind: number): Promise<Cli> {
  const cli = new Cli();
  cli.behind = behind;
  cli.verbs.put('profile:1', '{}');
  await cli.verbs.warm({ id: 'a', selector: '' }, 'cli');
  cli.verbs.setAside('profile:2');
  return cli;
}

test.each([
  'get profile:1 --head',
  'inspect profile:1',
  'list source=profile',
  'runs',
  'runs show a',
  'runs dead',
  'quarantine',
])('forewarm %s shows what a host with a right clock would', async (line) => {
  const words = line.split(' ');
  const right = (await behindBy(0)).run(...words);
  const off = await behindBy(2 * HOUR);
  await off.clock.advance(-2 * HOUR);
  expect((await off.run(...words)).out).toBe((await right).out);
});
