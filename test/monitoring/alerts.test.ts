/** The rules for Prometheus: by its own tool, against the metrics that there are, and against the run-book. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../../src/core/metrics/metrics.ts';
import { askAlert, type Rule } from '../support/alert-cases.ts';
import { promtool } from '../support/prometheus.ts';
import { ALERT_CASES } from './alert-cases.ts';

const FILES = ['config/prometheus/recording.yml', 'config/prometheus/alerts.yml'];

const rules = FILES.flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
});
const records = rules.filter(({ record }) => record !== undefined);
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, name: rule.alert }]));
const operations = readFileSync('docs/operations.md', 'utf8');

/** As promtool reads it. */
function ruleOf({ name: _, ...rule }: Rule & { readonly name: string }): Rule {
  return rule;
}

/** Names in an expression that are neither metrics nor records. */
function strangersIn(expr: string): string[] {
  const known = new Set<string>([
    ...METRICS.flatMap(({ name, kind }) =>
      kind === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name],
    ),
    ...rules.flatMap(({ record = [] }) => record),
  ]);
  return [...expr.matchAll(/\bforewarm[_:][\w:]+/g)].map(([name]) => name).filter((name) => !known.has(name));
}

describe('the files for Prometheus', () => {
  test('are what it takes, and its tool finds no fault with them', async () => {
    expect(await promtool(['check', 'config', 'config/prometheus/prometheus.yml'])).toMatchObject({
      code: 0,
    });
    expect(await promtool(['check', 'rules', '--lint=all', '--lint-fatal', ...FILES])).toMatchObject({
      code: 0,
    });
  });

  test('ask for metrics that there are', () => {
    expect(rules.flatMap(({ expr }) => strangersIn(expr))).toEqual([]);
    expect(strangersIn('rate(forewarm_gone_total[5m]) / forewarm:gone:rate5m')).toHaveLength(2);
  });
});

describe('alerts', () => {
  test('each has a case in which it fires, and one in which it does not', () => {
    expect(Object.keys(ALERT_CASES).toSorted()).toEqual(alerts.map(({ name }) => name).toSorted());
    for (const [name, cases] of Object.entries(ALERT_CASES)) {
      expect(new Set(cases.map(({ fires }) => fires !== undefined)).size, name).toBe(2);
    }
  });

  test.each(alerts)(
    '$name fires when it should, with those words, and not when it should not',
    async (alert) => {
      const { code, said } = await askAlert(ruleOf(alert), ALERT_CASES[alert.name] ?? [], records);
      expect(code, said).toBe(0);
    },
  );

  test('that should fire and do not would be found, and those with other words', async () => {
    const [alert] = alerts.filter(({ name }) => name === 'ForewarmJobsFail');
    const cases = ALERT_CASES.ForewarmJobsFail ?? [];
    const fires = cases.find((one) => one.fires !== undefined);
    const silent = cases.find((one) => one.fires === undefined);
    if (alert === undefined || fires?.fires === undefined || silent === undefined)
      throw new Error('no such alert');
    const wrong = [
      { ...silent, fires: fires.fires },
      { ...fires, fires: { ...fires.fires, summary: 'other' } },
    ];
    for (const one of wrong) expect((await askAlert(ruleOf(alert), [one], records)).code).not.toBe(0);
  });

  test('each has its entry in the run-book, and each entry is of an alert', () => {
    const [, book = ''] = operations.split(/^## When an alert fires$/m);
    const entries = [
      ...(book.split(/^## /m)[0] ?? '').matchAll(/^### (\w+)\n\n(.+?)(?=\n### |$(?![\s\S]))/gms),
    ];
    expect(entries.map(([, name]) => name)).toEqual(alerts.map(({ name }) => name));
    for (const [, name = '', text = ''] of entries) {
      expect(text, name).toMatch(/\*\*It means\*\*.+\*\*Look at\*\*.+\*\*Do\*\*/s);
    }
    for (const { name, annotations } of alerts) {
      expect(annotations?.runbook).toBe(`docs/operations.md#${name.toLowerCase()}`);
    }
  });
});
