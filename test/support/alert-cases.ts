/** What promtool is asked of alerts: the series of a while, and which alerts fire at the end of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { promtool, type ToolAnswer } from './prometheus.ts';

export interface AlertCase {
  /** Series by their names and labels; values a minute in promtool's notation: `0+5x60` counts by 5 for an hour. */
  readonly given: Readonly<Record<string, string>>;
  /** From the beginning of the series, such as `1h`; of several, at each. */
  readonly at: string | readonly string[];
  /** What fires then; nothing where it is left out. */
  readonly fires?: FiredAlert;
}

export interface FiredAlert {
  /** All labels of the alert but its name and severity. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** A rule as it stands in a file: a record, or an alert. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: { readonly runbook: string };
}

/** Whether promtool agrees about cases of one alert. Of `records`, those are evaluated that the alert asks for. */
export async function askAlert(
  alert: Rule,
  cases: readonly AlertCase[],
  records: readonly Rule[],
): Promise<ToolAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-alert-'));
  try {
    const rules = [...records.filter(({ record = '' }) => alert.expr.includes(record)), alert];
    await writeFile(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'all', rules }] }));
    const tests = cases.map(({ given, at, fires }) => ({
      interval: '1m',
      input_series: Object.entries(given).map(([series, values]) => ({ series, values })),
      alert_rule_test: [at].flat().map((eval_time) => ({
        ...{ eval_time, alertname: alert.alert },
        exp_alerts: expected(alert, fires),
      })),
    }));
    const content = { rule_files: ['rules.yml'], evaluation_interval: '1m', tests };
    await writeFile(join(folder, 'tests.yml'), stringify(content));
    return await promtool(['test', 'rules', join(folder, 'tests.yml')]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function expected({ labels: own, annotations }: Rule, fires: FiredAlert | undefined) {
  if (fires === undefined) return [];
  const { labels, summary, description } = fires;
  return [{ exp_labels: { ...own, ...labels }, exp_annotations: { ...annotations, summary, description } }];
}
