/** What is refreshed and not read: how much of each source's refreshing pays, by what readers report. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { countsEach, type Popularity, reportedOver } from '../catalog/popularity.ts';
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import type { Source } from '../core/source.ts';
import { errandSignal } from '../flow/errand.ts';
import { callsPerDay, READS_OVER_MS, worthOf } from '../policy/worth.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { Selection } from '../warming/selection.ts';
import { refreshedEvery } from './explain/key-worth.ts';
import { readSelector } from './long-selector.ts';
import { reportedBy } from './reported-reads.ts';
import { selectorText } from './shapes.ts';
import type { WorthReport } from './worth-shapes.ts';

type SourceWorth = WorthReport['sources'][number];

export interface WorthVerbs {
  /** Of keys that are kept warm; names up to `samples` unread keys of each source. Rejects while the jobs Redis is away. */
  worth(selector: string, samples?: number): Promise<WorthReport>;
}

export interface WorthVerbsDeps {
  readonly selection: Pick<Selection, 'known'>;
  readonly popularity: Pick<Popularity, 'of' | 'top' | 'reports'>;
  readonly registry: Pick<Registry, 'processes'>;
  readonly catalog: Pick<Catalog, 'size'>;
  readonly clock: Clock;
}

const methods = {
  worth: [
    ['selector', selectorText().default('')],
    ['samples', z.int().min(0).max(1_000).default(5)],
  ],
} as const satisfies Methods;

export function worthVerbs(deps: WorthVerbsDeps): WorthVerbs {
  return withChecks(methods, { worth: (selector, samples) => worth(deps, selector, samples) });
}

/** Of one source, while its keys are walked. */
interface Sums {
  readonly source: Source;
  readonly reported: boolean;
  readonly since: number | null;
  readonly overMs: number;
  readonly by: string[];
  /** Keys of the source, selected or not. */
  readonly size: number;
  keys: number;
  reads: number;
  worth: number;
  seldom: number;
  unread: number;
  untold: number;
  readonly samples: string[];
}

async function worth(deps: WorthVerbsDeps, text: string, samples: number): Promise<WorthReport> {
  const all = new Map<string, Sums>();
  const processes = await deps.registry.processes(deps.clock.now());
  for await (const page of deps.selection.known(await readSelector(text), errandSignal())) {
    const { name } = page.source;
    const sums = all.get(name) ?? (await emptySums(deps, page.source, processes));
    all.set(name, sums);
    await add(deps, page, sums, samples);
  }
  const sources = [...all.values()].map(viewOf).sort((a, b) => b.callsUnread - a.callsUnread);
  return { selector: text, overMs: READS_OVER_MS, sources };
}

async function emptySums(
  { popularity, catalog, clock }: WorthVerbsDeps,
  source: Source,
  processes: readonly ProcessBeat[],
): Promise<Sums> {
  const now = clock.now();
  const [reports, most, { keys: size }] = await Promise.all([
    popularity.reports(source.name, now),
    popularity.top(source.name, 1, now),
    catalog.size(source.name, now),
  ]);
  const none = { keys: 0, reads: 0, worth: 0, seldom: 0, unread: 0, untold: 0 };
  const reported = (most[0]?.reads ?? 0) > 0;
  const overMs = reportedOver(reports, now);
  return { source, reported, ...reportedBy(reports, processes), overMs, size, ...none, samples: [] };
}

async function add(
  { popularity, clock }: WorthVerbsDeps,
  { source, keys }: SelectedKeys,
  sums: Sums,
  samples: number,
): Promise<void> {
  const everyMs = refreshedEvery(source);
  const reads = await popularity.of(source.name, keys, clock.now());
  for (const [i, key] of keys.entries()) {
    const own = reads[i] ?? 0;
    const { overMs, reported: isReported } = sums;
    const verdict = worthOf({ reads: own, overMs, everyMs, isReported });
    sums.keys += 1;
    sums.reads += own;
    sums[verdict] += 1;
    if (verdict === 'unread' && sums.samples.length < samples) sums.samples.push(key);
  }
}

/** Of a source with more keys than are counted, one that was not counted may have been read, however few are selected. */
function viewOf({ source, size, ...sums }: Sums): SourceWorth {
  const isCut = !countsEach(Math.max(size, sums.keys));
  const unread = isCut ? 0 : sums.unread;
  const everyMs = refreshedEvery(source);
  const calls = (keys: number) => Math.round(callsPerDay(keys, everyMs, source.keysPerCall));
  return {
    ...{ source: source.name, temperature: source.temperature, everyMs, ...sums },
    ...{ unread, untold: sums.untold + sums.unread - unread, samples: isCut ? [] : sums.samples },
    ...{ callsPerDay: calls(sums.keys), callsUnread: calls(unread) },
  };
}
