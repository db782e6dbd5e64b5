/**
 * A strict parser of OpenMetrics 1.0, written from its grammar and its rules:
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 * It refuses what a scrape would refuse, and what the rules for units, counters, histograms and exemplars forbid.
 */
export interface OpenSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly exemplar:
    | { readonly labels: ReadonlyMap<string, string>; readonly value: number; readonly at: number }
    | undefined;
}

export interface OpenFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: OpenSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TEXT = '(?:[^\\\\\\n"]|\\\\[\\\\n"])*';
const NUMBER = '[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|[+-]?Inf|NaN';
const META = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`, 's');
const LABELS = `\\{(?:[a-zA-Z_][a-zA-Z0-9_]*="${TEXT}"(?:,(?=[a-zA-Z_])|(?=\\})))*\\}`;
const SAMPLE = new RegExp(`^(${NAME})(${LABELS})? (${NUMBER})(?: # (${LABELS}) (${NUMBER}) (${NUMBER}))?$`);
const PAIR = new RegExp(`([a-zA-Z_][a-zA-Z0-9_]*)="(${TEXT})"`, 'g');
const TYPES = ['counter', 'gauge', 'histogram'];
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

export function parseOpenMetrics(text: string): Map<string, OpenFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end with EOF');
  const families = new Map<string, OpenFamily>();
  let current: OpenFamily | undefined;
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    current = line.startsWith('#') ? described(line, families, current) : current;
    if (!line.startsWith('#')) addSample(line, current);
  }
  for (const family of families.values()) checkFamily(family);
  checkNames(families);
  return families;
}

function described(
  line: string,
  families: Map<string, OpenFamily>,
  current: OpenFamily | undefined,
): OpenFamily {
  const [, what, name = '', rest = ''] = META.exec(line) ?? [];
  if (what === undefined) throw new Error(`a comment: ${line}`);
  if (what === 'TYPE') {
    if (families.has(name)) throw new Error(`${name} is not in one piece`);
    if (!TYPES.includes(rest)) throw new Error(`not a type: ${line}`);
  } else if (current?.name !== name || current.samples.length > 0) {
    throw new Error(`out of place: ${line}`);
  }
  const known = current?.name === name ? current : { name, type: '', unit: '', help: '', samples: [] };
  const family = { ...known, [what.toLowerCase()]: what === 'HELP' ? helpOf(rest) : rest };
  families.set(name, family);
  return family;
}

function helpOf(rest: string): string {
  if (!new RegExp(`^${TEXT}$`).test(rest)) throw new Error(`not escaped: ${rest}`);
  return unescaped(rest);
}

function addSample(line: string, family: OpenFamily | undefined): void {
  const [, name = '', labels, value = '', exemplarLabels, exemplarValue, at] = SAMPLE.exec(line) ?? [];
  if (family === undefined || name === '') throw new Error(`not a sample: ${line}`);
  const suffix = (SUFFIXES[family.type] ?? []).find((each) => name === family.name + each);
  if (suffix === undefined) throw new Error(`not of ${family.name}: ${line}`);
  if (exemplarLabels !== undefined && suffix !== '_bucket' && suffix !== '_total')
    throw new Error(`no exemplar belongs here: ${line}`);
  const exemplar =
    exemplarLabels === undefined
      ? undefined
      : { labels: labelsOf(exemplarLabels), value: numberOf(exemplarValue ?? ''), at: numberOf(at ?? '') };
  const letters = [...(exemplar?.labels ?? [])].flat().join('').length;
  if (letters > 128) throw new Error(`an exemplar of ${letters} characters`);
  family.samples.push({ name, labels: labelsOf(labels ?? ''), value: numberOf(value), exemplar });
}

function labelsOf(text: string): Map<string, string> {
  const pairs = [...text.matchAll(PAIR)].map(
    ([, name = '', value = '']) => [name, unescaped(value)] as const,
  );
  const labels = new Map(pairs);
  if (labels.size !== pairs.length) throw new Error(`a label twice: ${text}`);
  if (pairs.some(([name]) => name.startsWith('__'))) throw new Error(`a reserved label: ${text}`);
  return labels;
}

function checkFamily({ name, type, unit, samples }: OpenFamily): void {
  if (unit !== '' && !name.endsWith(`_${unit}`))
    throw new Error(`${name} does not end with its unit, ${unit}`);
  const series = samples.map((each) => `${each.name} ${seriesOf(each.labels)}`);
  if (new Set(series).size !== series.length) throw new Error(`${name}: a series twice`);
  if (type !== 'gauge' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name}: below zero`);
  if (type !== 'histogram') return;
  const points = Map.groupBy(samples, ({ labels }) => seriesOf(without(labels, 'le')));
  const runs = samples.filter(
    (each, i) => seriesOf(without(each.labels, 'le')) !== seriesOf(without(samples[i - 1]?.labels, 'le')),
  );
  if (runs.length !== points.size) throw new Error(`${name}: points are mixed`);
  for (const point of points.values()) checkHistogram(name, point);
}

/** Buckets rise, +Inf is the count, a bound is written with a point, and an exemplar lies in its bucket. */
function checkHistogram(name: string, samples: readonly OpenSample[]): void {
  const buckets = samples.filter((each) => each.name === `${name}_bucket`);
  let lower = Number.NEGATIVE_INFINITY;
  let below = 0;
  for (const { labels, value, exemplar } of buckets) {
    const le = labels.get('le') ?? '';
    if (le !== '+Inf' && !/[.e]/.test(le)) throw new Error(`${name}: le="${le}" is not canonical`);
    const upper = numberOf(le);
    if (!(upper > lower) || value < below) throw new Error(`${name}: buckets do not rise`);
    if (exemplar !== undefined && !(exemplar.value <= upper && exemplar.value >= lower))
      throw new Error(`${name}: an exemplar of another bucket`);
    lower = upper;
    below = value;
  }
  const of = (suffix: string) => samples.filter((each) => each.name === name + suffix);
  if (of('_sum').length !== 1 || of('_count').length !== 1) throw new Error(`${name}: no sum or count`);
  if (lower !== Number.POSITIVE_INFINITY || below !== of('_count')[0]?.value)
    throw new Error(`${name}: +Inf is not the count`);
}

/** No family may have the name of a sample of another one. */
function checkNames(families: ReadonlyMap<string, OpenFamily>): void {
  for (const { name, type } of families.values())
    for (const suffix of SUFFIXES[type] ?? [])
      if (suffix !== '' && families.has(name + suffix)) throw new Error(`${name}${suffix} is a family too`);
}

function without(labels: ReadonlyMap<string, string> | undefined, left: string): ReadonlyMap<string, string> {
  return new Map([...(labels ?? [])].filter(([name]) => name !== left));
}

function seriesOf(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function numberOf(text: string): number {
  return text.endsWith('Inf') ? Number(`${text}inity`) : Number(text);
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
