/** What a process with a role measures: the service, when it is its turn, and what only its host has. */
import { SERVICE_GROUPS } from '../core/metrics/service-metrics.ts';
import { NEVER } from '../core/never.ts';
import type { Service } from '../flow/service.ts';
import type { ScheduleVerbs } from '../verbs/schedules/schedules.ts';
import { HistoryKeeper } from '../workers/history/history-keeper.ts';
import { type Section, ServiceMeasurer } from '../workers/measuring/measurer.ts';
import { Measuring } from '../workers/measuring/measuring.ts';
import { samples } from '../workers/measuring/samples.ts';
import { UsageLooks } from '../workers/measuring/tier-usage.ts';
import { upkeep } from '../workers/measuring/upkeep.ts';
import { waitingWork } from '../workers/measuring/waiting-work.ts';
import type { Booted } from './boot.ts';

/** For how long tiers of the host are asked, in ms. */
const LOOK_MS = 5_000;

/** Begins to provide what it measures; the service is measured, and a history of it kept, once these are started. */
export function assembleMeasurer({ parts, metrics, verbs, self }: Booted, role: string): Service[] {
  const { measurements } = metrics;
  const { stack, registry, measuredMark: mark, clock, events } = parts;
  const { tiers } = stack;
  const shared = tiers.filter(({ traits }) => traits.reach === 'shared' && traits.writes === 'brief');
  const usage = new UsageLooks({ clock, tiers: shared });
  const { section: sampled, unlisted } = samples(parts);
  const sections: Section[] = [
    ...upkeep({ ...parts, unlisted }),
    waitingWork(parts),
    sampled,
    async (measuring) => ({ shared: await usage.look(measuring) }),
    nextTicks(verbs),
  ];
  const measurer = new ServiceMeasurer({ registry, mark, clock, events, id: self.id, role, sections });
  for (const group of SERVICE_GROUPS) measurements.provide(group, () => measurer.rows(group));
  const own = new UsageLooks({ clock, tiers: tiers.filter(({ traits }) => traits.reach === 'host') });
  measurements.provide('hostTiers', () => own.rows);
  metrics.beforeRead(() => {
    const onError = (error: unknown) => events.emit('problem', { where: 'measuring the host', error });
    const times = { clock, now: clock.now(), end: clock.elapsed() + LOOK_MS };
    return own.look(new Measuring({ ...times, signal: NEVER, onError }));
  });
  const origins = [...parts.budgets.keys()];
  return [measurer, new HistoryKeeper({ ...parts, origins, measured: (group) => measurer.rows(group) })];
}

function nextTicks(verbs: Pick<ScheduleVerbs, 'schedules'>): Section {
  return async () => {
    const schedules = await verbs.schedules();
    const next = schedules.flatMap(({ name, nextAt }) =>
      nextAt === null ? [] : [{ schedule: name, next: nextAt }],
    );
    return { nextTicks: next };
  };
}
