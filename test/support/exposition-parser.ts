/**
 * A strict parser of Prometheus's text exposition format 0.0.4, written from its grammar:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 * It refuses what a scrape would refuse, and what the format's rules for histograms forbid.
 */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\\\n]|\\\\[\\\\n])*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, 's');
/** One pair, and what follows it. A value may hold any character but a bare backslash, quote or line feed. */
const PAIR = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  if (text === '') return families;
  if (!text.endsWith('\n')) throw new Error('the last line does not end with a line feed');
  let current: Family | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    current = readLine(line, families, current);
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function readLine(line: string, families: Map<string, Family>, current: Family | undefined): Family {
  const [, helped, help] = HELP.exec(line) ?? [];
  if (helped !== undefined) {
    if (families.has(helped)) throw new Error(`a second HELP, or lines of ${helped} that are not together`);
    return { name: helped, type: '', help: unescaped(help ?? ''), samples: [] };
  }
  const [, typed, type] = TYPE.exec(line) ?? [];
  if (typed !== undefined) {
    if (current?.name !== typed || current.type !== '') throw new Error(`a TYPE out of place: ${line}`);
    const family = { ...current, type: type ?? '' };
    families.set(typed, family);
    return family;
  }
  if (current === undefined || current.type === '') throw new Error(`a sample before its TYPE: ${line}`);
  current.samples.push(sampleOf(line, current));
  return current;
}

function sampleOf(line: string, { name: family, type }: Family): Sample {
  const [, name = '', pairs = '', value = ''] = SAMPLE.exec(line) ?? [];
  const allowed = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!allowed.some((suffix) => name === family + suffix)) throw new Error(`not of ${family}: ${line}`);
  if (!VALUE.test(value)) throw new Error(`not a value: ${line}`);
  return { name, labels: labelsOf(pairs), value: numberOf(value) };
}

function labelsOf(pairs: string): Map<string, string> {
  const labels = new Map<string, string>();
  let rest = pairs;
  while (rest !== '') {
    const [found, name, value] = PAIR.exec(rest) ?? [];
    if (found === undefined || name === undefined) throw new Error(`not a label: ${rest}`);
    if (labels.has(name) || name.startsWith('__'))
      throw new Error(`a label twice, or a reserved one: ${name}`);
    labels.set(name, unescaped(value ?? ''));
    rest = rest.slice(found.length);
  }
  return labels;
}

function checkFamily({ name, type, samples }: Family): void {
  const series = samples.map((sample) => `${sample.name} ${seriesOf(sample.labels)}`);
  if (new Set(series).size !== series.length) throw new Error(`${name}: a series twice`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0)))
    throw new Error(`${name}: below zero`);
  if (type !== 'histogram') return;
  const all = Map.groupBy(samples, ({ labels }) =>
    seriesOf(new Map([...labels].filter(([label]) => label !== 'le'))),
  );
  for (const one of all.values()) checkHistogram(name, one);
}

/** Buckets are cumulative, in rising order, and the last one, +Inf, equals the count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => numberOf(labels.get('le') ?? ''));
  if (bounds.some((bound, i) => !(bound > (bounds[i - 1] ?? -1))))
    throw new Error(`${name}: bounds do not rise`);
  if (buckets.some(({ value }, i) => value < (buckets[i - 1]?.value ?? 0)))
    throw new Error(`${name}: counts fall`);
  const of = (suffix: string) => samples.filter((sample) => sample.name === name + suffix);
  const [count] = of('_count');
  if (of('_sum').length !== 1 || of('_count').length !== 1) throw new Error(`${name}: no sum or count`);
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY || buckets.at(-1)?.value !== count?.value) {
    throw new Error(`${name}: +Inf is not the count`);
  }
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
