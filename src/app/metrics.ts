/** What a process counts of itself, and how it is told. */
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { type LabelCounts, mostRows } from '../core/metrics/labels.ts';
import { ReadCounts } from '../core/metrics/read-counts.ts';
import type { Tracer } from '../core/tracing.ts';
import { VERSION } from '../core/version.ts';
import { settleBy } from '../flow/deadline.ts';
import { inTurns } from '../flow/in-turns.ts';
import type { Schedule } from '../schedules/fire.ts';
import type { Settings } from '../settings/settings.ts';
import { Counters } from '../telemetry/counters.ts';
import { writeMetrics } from '../telemetry/exposition.ts';
import { Measurements } from '../telemetry/measurements.ts';
import { type ProcessUsage, provideProcess } from '../telemetry/process-usage.ts';
import { TIER_NAMES } from '../tiers/kinds.ts';

export interface MetricsDeps {
  readonly settings: Settings;
  readonly schedules: readonly Schedule[];
  /** As the label says. */
  readonly role: string;
  readonly events: Events;
  /** That of this host. */
  readonly clock: Clock;
}

/** How long a scrape waits for what is looked up for it, in ms. */
const LOOK_MS = 1_000;

const MACHINE: ProcessUsage = { memory: () => process.memoryUsage(), cpu: () => process.cpuUsage() };

/** Counts from now on. */
export function assembleMetrics({ settings, schedules, role, events, clock }: MetricsDeps) {
  const counts = configuredCounts(settings, schedules);
  const reads = new ReadCounts(mostRows(['tier', 'source'], counts));
  const measurements = new Measurements();
  provideProcess(measurements, { usage: MACHINE, role, version: VERSION, startedAt: clock.now() });
  const counters = new Counters({
    reads,
    measurements,
    counts,
    now: () => clock.now(),
    span: () => shownSpan(events.tracer),
  });
  counters.start(events);
  const statistics = () => counters.snapshot();
  const looks: (() => Promise<unknown>)[] = [];
  const read = async () => {
    const end = clock.now() + LOOK_MS;
    await settleBy(clock, end, Promise.all(looks.map((look) => look())));
    return statistics();
  };
  return {
    /** Where reads are counted. */
    reads,
    /** Where others provide what they measure. */
    measurements,
    /** What was counted so far. */
    statistics,
    /** All that this process counts and measures. */
    read,
    /** Has something looked up before each `read`, which waits for it a moment. */
    beforeRead: (look: () => Promise<unknown>) => void looks.push(look),
    /** The same, as a scrape with this `Accept` header gets it. */
    text: async (accept: string | undefined) =>
      inTurns(writeMetrics(await read(), accept, counters.exemplars)),
  };
}

/** What is not sent anywhere, no exemplar can lead to. */
function shownSpan(tracer: Tracer) {
  const current = tracer.current();
  return current?.sampled === true ? current : undefined;
}

function configuredCounts(
  { sources, entities, origins }: Settings,
  schedules: readonly Schedule[],
): LabelCounts {
  return {
    tiers: TIER_NAMES.length,
    sources: sources.size + Object.keys(entities).length,
    origins: origins.size,
    schedules: schedules.length,
  };
}
