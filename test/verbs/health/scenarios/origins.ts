import { writeFile } from 'node:fs/promises';
import type { PlayedScenario } from '../../../support/doctor-scenarios.ts';
import { status } from '../../../support/scripted-server.ts';

const FEW = 'market,name\n1,One\n2,Two\n';

export const ORIGIN_SCENARIOS: readonly PlayedScenario[] = [
  {
    ...{ check: 'origin', wrong: 'it is paused', level: 'warning', says: /paused for .*answered 429/ },
    spoil: ({ admin }) =>
      admin.hset('forewarm:{o:markets}:ledger', {
        ...{ pausedUntil: String(Date.now() + 600_000), reason: 'answered 429' },
      }),
    mend: ({ admin }) => admin.hdel('forewarm:{o:markets}:ledger', 'pausedUntil'),
  },
  {
    ...{ check: 'origin', wrong: 'it answers with 500', level: 'problem', says: /500/ },
    spoil: async ({ origin, admin }) => {
      origin.answer(status(500));
      await admin.del('forewarm:{o:markets}:probed');
    },
    mend: async ({ origin, admin }) => {
      origin.answer(status(200));
      await admin.del('forewarm:{o:markets}:probed');
    },
  },
  {
    ...{ check: 'entities', wrong: 'an id stands twice', level: 'problem', says: /"1" stands twice/ },
    spoil: ({ csv }) => writeFile(csv, 'market,name\n1,One\n1,Again\n'),
    mend: ({ csv }) => writeFile(csv, FEW),
  },
  {
    ...{ check: 'shrunk', wrong: '`gc` noted it', level: 'warning', says: /lack 30 of 185 keys/ },
    spoil: ({ admin }) => admin.set('forewarm:{c:profile}:shrunk', `${Date.now()} 30 185`),
    mend: ({ admin }) => admin.del('forewarm:{c:profile}:shrunk'),
  },
  {
    ...{ check: 'temperatures', wrong: 'values age sooner', level: 'warning', says: /fresh for 1m/ },
    badConfig: () => ({ temperatures: { warm: { ttl: '1m', schedule: '*/10 * * * *', recover: '0s' } } }),
  },
  {
    ...{ check: 'grace', wrong: 'there is none', level: 'note', says: /no stale value is served of profile/ },
    badConfig: () => ({ temperatures: { warm: { grace: '0s' } } }),
  },
];
