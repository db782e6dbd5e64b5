/** Writes the files that are made from declarations: `npm run docs`. A test asserts that they are current. */
import { writeFileSync } from 'node:fs';
import { renderCliPage } from '../src/cli/page.ts';
import { ERRORS } from '../src/core/errors.ts';
import { LABELS, type LabelCounts, type LabelValues } from '../src/core/metrics/labels.ts';
import { type Metric, UNITS } from '../src/core/metrics/metric.ts';
import { METRICS } from '../src/core/metrics/metrics.ts';
import { settingsJsonSchema } from '../src/settings/shape/json-schema.ts';
import { renderConfigurationPage, row, table } from '../src/settings/shape/page.ts';
import { CHECKS } from '../src/verbs/health/checks.ts';
import type { DoctorCheck } from '../src/verbs/health/doctor-check.ts';
import { VIEW_GROUPS } from '../src/verbs/metrics-view.ts';
import { renderApiClient } from './api-client/client.ts';
import { renderLogsPage } from './logs-page.ts';
import { renderDashboard } from './monitoring/dashboard.ts';

/** What each file must hold, by its path from the project's folder. */
export const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/cli.md': renderCliPage,
  'docs/configuration.md': renderConfigurationPage,
  'docs/errors.md': renderErrorsPage,
  'docs/logs.md': renderLogsPage,
  'docs/doctor.md': renderDoctorPage,
  'docs/metrics.md': renderMetricsPage,
  'src/api-client/generated/api.ts': renderApiClient,
  'config/grafana/dashboards/forewarm.json': renderDashboard,
  'config/forewarm.schema.json': () => `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`,
};

function renderErrorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, meaning, remedy }]) =>
    row([`\`${code}\``, String(status), meaning, remedy]),
  );
  return [
    '# Errors\n',
    '<!-- Made by `npm run docs` from src/core/errors.ts. Do not edit. -->\n',
    'Every error has a code that never changes its meaning. The control API responds with the status, and with the code in',
    'the `code` member of its problem+json; commands print it.\n',
    ...table(['code', 'status', 'what happened', 'what to do'], rows),
  ].join('\n');
}

const DOCTOR_INTRODUCTION = `# The doctor

<!-- Made by \`npm run docs\` from src/verbs/health/checks.ts. Do not edit. -->

\`forewarm doctor\`, \`GET /v1/doctor\` and \`verbs.doctor()\` examine an installation: its servers, tiers, origins, schedules, processes, access and
host. Each finding has a level: \`ok\`; \`note\`, worth knowing; \`warning\`, it costs something, or soon will; \`problem\`, something does not work, or
may be lost. Beside it stand where, what to do, and the id of the check, which never changes its meaning.

The checks run side by side, each within five seconds, so one that hangs holds up no other. What cannot be examined is named, and is not taken for well: while the
jobs Redis is away the checks that need it are listed so, and all others go on. The command exits with 3 when there is a problem, or something that
could not be examined; with \`--strict\` for warnings, too. Ids behind the command (\`forewarm doctor redis-eviction tier\`), or in \`?checks=redis-eviction,tier\`,
run these checks alone.

Origins are asked inside their budget, and once in ten seconds at most, however many look. A probe is written to each tier and to the jobs Redis, and removed.
`;

function renderDoctorPage(): string {
  const rows = CHECKS.map(({ id, whether, worst }) => row([`[\`${id}\`](#${id})`, whether, worst]));
  return [
    DOCTOR_INTRODUCTION,
    ...table(['check', 'finds out whether', 'at worst'], rows),
    ...CHECKS.map(sectionOf),
  ].join('\n');
}

function sectionOf({ id, whether, worst, why, needsJobs }: DoctorCheck): string {
  const needs = needsJobs === true ? ' Without the jobs Redis it cannot be told.' : '';
  return `## ${id}\n\nWhether ${whether}. At worst a ${worst}.${needs}\n\n${why}\n`;
}

const METRICS_INTRODUCTION = `# Metrics

<!-- Made by \`npm run docs\` from src/core/metrics. Do not edit. -->

Every process counts these since it started, and publishes them in the registry every four seconds. \`forewarm stats\` and \`GET /v1/stats\` show
them for all live processes together and, in JSON, for each. The last column names the member of that JSON; there, durations and times are in
milliseconds, and a histogram is its p50, p95 and p99.

Metrics "of the service" are measured by one process at a time, every 15 seconds: whoever holds the turn in the registry, and should it die, another
one within seconds. Only that process has these series, so take the \`max\` over instances: \`max by (source) (forewarm_refresh_lag_seconds)\`. While nobody
can measure them, such as without Redis, there are none. Measuring costs as much as there are sources, origins and lanes, and what is due, not as much
as is stored: coverage, freshness and ages are those of a random sample of up to 100 keys of each source, of 20 sources at a time.

Over OTLP a metric has the same name with dots, without its unit and without \`_total\`: \`forewarm_tier_call_duration_seconds\` is
\`forewarm.tier.call.duration\`. Names and labels that begin with \`http_\`, \`db_\` or \`server_\` are those of OpenTelemetry's stable conventions there, such as
\`http.server.request.duration\` by \`http.route\`. Calls of Redis are \`forewarm_tier_call_duration_seconds\`: batches of keys, by what they were for. A process of an older version that does not report a metric yet counts as zero.
`;

function renderMetricsPage(): string {
  const all: readonly Metric[] = METRICS;
  const splits = all.flatMap(({ name, columns }) =>
    Object.values(columns).flatMap(({ labels, meaning }) =>
      Object.entries(labels).map(([label, value]) =>
        row([`\`${name}\``, `\`${label}="${value}"\``, meaning]),
      ),
    ),
  );
  return [
    METRICS_INTRODUCTION,
    ...table(
      ['metric', 'kind', 'unit', 'labels', 'meaning', 'over processes', 'in `stats`'],
      all.map(metricRow),
    ),
    ...LABELS_INTRODUCTION,
    ...table(['label', 'means', 'values'], Object.entries(LABELS).map(labelRow)),
    '## Values of labels\n',
    ...table(['metric', 'label', 'counts'], splits),
  ].join('\n');
}

const LABELS_INTRODUCTION = [
  '## Labels\n',
  'Labels are bounded by the configuration. A metric has at most as many series as its labels have combinations, times the values that are listed below',
  'for the metric, times 28 for a histogram; what is beyond that is counted in one series more, whose labels are `other`. Those of HTTP have far fewer: a',
  'request has one of few statuses, and what is wrong goes with it.\n',
];

const CONFIGURED: Readonly<Record<keyof LabelCounts, string>> = {
  tiers: 'your tiers',
  sources: 'your sources and entity sets',
  origins: 'your origins',
  schedules: 'your schedules, and those that exist of themselves',
};

function labelRow([name, { meaning, values }]: [string, LabelValues]): string {
  const of = typeof values === 'number' ? String(values) : CONFIGURED[values.of];
  const and = typeof values === 'number' || values.and === 0 ? '' : `, and ${values.and}`;
  return row([`\`${name}\``, meaning, of + and]);
}

const OVER_PROCESSES = { sum: 'sum', max: 'largest', merge: 'merged' } as const;

function metricRow({ name, kind, unit, meaning, combine, scope, group, labels, columns }: Metric): string {
  const own = Object.values(columns).flatMap((column) => Object.keys(column.labels));
  const names = [...new Set([...labels, ...own])].map((label) => `\`${label}\``).join(', ');
  const { ucum } = UNITS[unit];
  return row([
    ...[`\`${name}\``, kind, `\`${ucum}\``, names, meaning],
    scope === 'service' ? 'of the service' : OVER_PROCESSES[combine],
    viewNameOf(group) === undefined ? '' : `\`${viewNameOf(group)}\``,
  ]);
}

function viewNameOf(group: string): string | undefined {
  return VIEW_GROUPS.find((each) => each.group === group)?.name;
}

if (import.meta.main) {
  for (const [file, render] of Object.entries(GENERATED)) {
    writeFileSync(new URL(`../${file}`, import.meta.url), await render());
    console.log(`wrote ${file}`);
  }
}
