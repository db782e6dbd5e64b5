/** Maintenance in memory. Lines of its exports hold a key, a stamp and the text of a body. */
import { ForewarmError } from '../../../src/core/errors.ts';
import { isEverything, parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import type { BenchReport } from '../../../src/verbs/maintenance/bench-report.ts';
import type { MaintenanceVerbs } from '../../../src/verbs/maintenance/maintenance.ts';
import {
  FINDINGS,
  type ImportReport,
  type PurgeReport,
  type PurgeRequest,
} from '../../../src/verbs/maintenance/maintenance-shapes.ts';
import { bytesOf, type KnownValues, SOURCE } from './known-values.ts';

export function maintenanceInMemory(known: KnownValues) {
  return {
    async gc() {
      const gone = known.selectValues('').filter(({ head }) => head.freshness === 'gone');
      for (const { head } of gone) known.drop(head.key);
      const none = { recoded: 0, orphans: 0, runs: 0, doubts: [], failures: [] };
      return { removed: gone.length, bytes: bytesOf(gone), ...none };
    },

    async *export({ selector, bodies }) {
      for (const { head, body } of known.selectValues(selector)) {
        if (head.freshness === 'gone') continue;
        const line = { key: head.key, stamp: head.stamp };
        const text = { encoding: 'text', body: Buffer.from(body).toString() };
        yield [JSON.stringify(bodies ? { ...line, ...text } : line)];
      }
    },

    async import(input, { dryRun }, { onProgress }) {
      const report = { dryRun, lines: 0, written: 0, superseded: 0, refused: 0, gone: 0 };
      const samples: ImportReport['samples'] = [];
      for (const text of (await textOf(input)).split('\n').filter((line) => line !== '')) {
        report.lines += 1;
        const { key, stamp, body } = read(text, report.lines);
        const reason = refusalOf(known, key);
        if (reason !== undefined) samples.push({ line: report.lines, key, reason });
        report.refused = samples.length;
        if (reason === undefined) report[take(known, { key, stamp, body }, dryRun)] += 1;
        onProgress(report.lines);
      }
      return { ...report, missed: [], samples };
    },

    purge: async (request) => purge(known, request),

    async validate({ selector, repair }) {
      const entries = known.selectValues(selector).filter(({ head }) => head.freshness !== 'gone');
      const none = { found: 0, repaired: 0, wrong: false, samples: [] };
      const findings = FINDINGS.map(({ kind }) => ({ kind, ...none }));
      const read = { entries: entries.length, bodies: entries.length, bytes: bytesOf(entries) };
      const catalogued = known.selectListed(selector).length;
      return { selector, repair, sound: true, ...read, catalogued, findings, tiers: [] };
    },

    async bench({ selector, keys }): Promise<BenchReport> {
      const sample = known.selectValues(selector).slice(0, keys);
      const none = { tiers: [], compression: [], origins: [] };
      return { selector, at: known.clock.now(), keys: sample.length, bytes: bytesOf(sample), ...none };
    },
  } satisfies MaintenanceVerbs;
}

interface Line {
  readonly key: string;
  readonly stamp: number;
  readonly body: string;
}

function read(text: string, line: number): Line {
  const refused = new ForewarmError('E_REQUEST_INVALID', `line ${line} is not one of an export with bodies`);
  try {
    const { key, stamp, body } = JSON.parse(text);
    if (typeof key === 'string' && typeof stamp === 'number' && typeof body === 'string')
      return { key, stamp, body };
  } catch {
    throw refused;
  }
  throw refused;
}

function refusalOf(known: KnownValues, key: string): string | undefined {
  try {
    known.sourceOf(key);
    return undefined;
  } catch {
    return 'its source is not configured';
  }
}

function take(known: KnownValues, { key, stamp, body }: Line, dryRun: boolean): 'written' | 'superseded' {
  if (known.stampOf(key) > stamp) return 'superseded';
  if (!dryRun) known.put(key, body, { stamp });
  return 'written';
}

function purge(known: KnownValues, request: PurgeRequest): PurgeReport {
  if (isEverything(parseSelector(request.selector)))
    throw new ForewarmError('E_SELECTOR_INVALID', 'a purge needs a selector');
  const { expired, forget, dryRun } = request;
  const now = known.clock.now();
  const selected = known.select(request.selector);
  const wanted = known.selectValues(request.selector).filter(({ head }) => !expired || head.staleAt <= now);
  const leaving = !forget ? [] : expired ? wanted.map(({ head }) => head.key) : selected;
  if (!dryRun) {
    for (const { head } of wanted) known.drop(head.key);
    for (const key of leaving) known.forget(key);
  }
  const keys = wanted.length;
  return {
    ...{ ...request, keys, bySource: keys === 0 ? {} : { [SOURCE.name]: keys }, forgotten: leaving.length },
    tiers: [{ tier: 'memory', keys, bytes: bytesOf(wanted), error: null }],
    samples: wanted.map(({ head }) => head.key).slice(0, 10),
  };
}

async function textOf(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
