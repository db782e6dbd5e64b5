/**
 * Bugs, planted in a process before it opens anything, to show that the checker finds them. Each takes away one thing that
 * a guarantee stands on; the code that is tested knows nothing of it.
 */
import { Redis } from 'ioredis';
import { FenceMap } from '../../src/tiers/invalidation/fence-map.ts';
import { WHERE } from '../../src/tiers/invalidation/redis-bus-scripts.ts';
import { PUT } from '../../src/tiers/redis/redis-scripts.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import type { Write } from '../../src/tiers/tier.ts';

export const BUGS = ['no-stamps', 'no-fences', 'no-gaps', 'young-again'] as const;
export type Bug = (typeof BUGS)[number];

export function plant(bug: Bug): void {
  PLANTED[bug]();
}

const PLANTED: Readonly<Record<Bug, () => void>> = {
  /** Redis takes whatever comes last, and compares no stamps. */
  'no-stamps': () => {
    const careless = PUT.lua.replaceAll('if stamp > ', 'if -1 > ');
    if (careless === PUT.lua) throw new Error('the script of the redis tier compares stamps in another way');
    replace(
      Redis.prototype,
      'call',
      (honest) =>
        (client, [command, script, ...args]) =>
          script === PUT.sha || script === PUT.lua
            ? honest.apply(client, ['EVAL', careless, ...args])
            : honest.apply(client, [command, script, ...args]),
    );
  },
  /** Nobody looks whether a fence hides an entry. */
  'no-fences': () => {
    replace(FenceMap.prototype, 'modeOf', () => () => undefined);
  },
  /** Who listens to the bus believes that each message follows the last one. */
  'no-gaps': () => {
    let number = 0;
    replace(Redis.prototype, 'xread', (honest) => async (client, args) => {
      const answer: unknown = await honest.apply(client, args);
      for (const [, messages] of (answer ?? []) as [string, [string, string[]][]][])
        for (const [, fields] of messages) {
          const at = fields.indexOf('n');
          // What was extended has no numbers.
          if (at < 0) continue;
          number += 1;
          fields[at + 1] = String(number);
        }
      return answer;
    });
    replace(Redis.prototype, 'call', (honest) => async (client, args) => {
      const answer: unknown = await honest.apply(client, args);
      if (args[1] === WHERE.sha || args[1] === WHERE.lua) (answer as unknown[])[0] = number;
      return answer;
    });
  },
  /** What is copied into Redis is as if it had just been fetched. */
  'young-again': () => {
    replace(
      RedisTier.prototype,
      'putMany',
      (honest) =>
        (tier, [writes, ...rest]) =>
          honest.apply(tier, [(writes as Write[]).map(rejuvenated), ...rest]),
    );
  },
};

function rejuvenated(write: Write): Write {
  if (write.kind !== 'put' || write.entry.head.kind !== 'value') return write;
  const { head, body } = write.entry;
  const age = Date.now() - head.checkedAt;
  const times = {
    fetchedAt: head.fetchedAt + age,
    checkedAt: head.checkedAt + age,
    dueAt: head.dueAt + age,
    staleAt: head.staleAt + age,
    goneAt: head.goneAt + age,
  };
  return { kind: 'put', entry: { head: { ...head, ...times }, body } };
}

type Method = (...args: unknown[]) => unknown;

/** Puts another method in the place of one. */
function replace(
  prototype: object,
  name: string,
  make: (honest: Method) => (self: unknown, args: unknown[]) => unknown,
): void {
  const honest: unknown = Reflect.get(prototype, name);
  if (typeof honest !== 'function') throw new Error(`there is no ${name}`);
  const lying = make(honest as Method);
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
    return lying(this, args);
  });
}
