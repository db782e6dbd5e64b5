import type { Place, PlayedScenario } from '../../../support/doctor-scenarios.ts';

const PROCESSES = 'forewarm:{registry}:processes';

/** Another process says that it lives. */
const other =
  (more: object) =>
  async ({ admin }: Place) => {
    const [seconds = '0'] = (await admin.time()).map(String);
    const seenAt = (Number(seconds) + 3_600) * 1_000;
    const beat = { id: 'other', roles: ['worker'], host: 'far', pid: 7, startedAt: 1, seenAt, ...more };
    await admin.hset(PROCESSES, 'other', JSON.stringify(beat));
  };
const leave = ({ admin }: Place) => admin.hdel(PROCESSES, 'other');
const knows = { sources: {}, entities: [] };

export const PROCESS_SCENARIOS: readonly PlayedScenario[] = [
  {
    ...{ check: 'roles', wrong: 'no worker runs', level: 'warning', says: /none is running/ },
    roles: ['worker', 'scheduler'],
    spoil: ({ admin }) => admin.rename(PROCESSES, 'forewarm:{registry}:away'),
    mend: ({ admin }) => admin.rename('forewarm:{registry}:away', PROCESSES),
  },
  {
    ...{ check: 'versions', wrong: 'one is old', level: 'warning', says: /0\.0\.9: 1 process \(far 7\)/ },
    roles: ['worker'],
    spoil: other({ knows: { ...knows, version: '0.0.9' } }),
    mend: leave,
  },
  {
    ...{ check: 'configurations', wrong: 'one has another', level: 'warning', says: /1 process \(far 7\)/ },
    roles: ['worker'],
    spoil: other({ knows: { ...knows, configuration: 'another' } }),
    mend: leave,
  },
  {
    ...{ check: 'process-clocks', wrong: 'a host is late', level: 'warning', says: /1m30s behind/ },
    roles: ['worker'],
    spoil: other({ behind: 90_000 }),
    mend: leave,
  },
];
