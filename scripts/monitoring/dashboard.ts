/** Writes the dashboard for Grafana from `panels.ts`: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
import type { Panel, Query } from './panel.ts';
import { ROWS, VARIABLES } from './panels.ts';

const SOURCE = { type: 'prometheus', uid: `\${datasource}` };
const COLUMNS = 24;
const HEIGHT = 8;

export function renderDashboard(): string {
  const dashboard = {
    uid: 'forewarm',
    title: 'Forewarm',
    description: 'Made by `npm run docs` from scripts/monitoring/panels.ts. Do not edit.',
    tags: ['forewarm'],
    schemaVersion: 41,
    editable: false,
    graphTooltip: 1,
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    timezone: 'browser',
    templating: { list: [dataSource(), ...Object.entries(VARIABLES).map(variable)] },
    panels: placed(),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function dataSource() {
  return { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', hide: 0 };
}

function variable([name, metric]: [string, string]) {
  const query = `label_values(${metric}, ${name})`;
  return {
    ...{ name, type: 'query', datasource: SOURCE, definition: query, query: { query, refId: name } },
    // Again whenever the time range changes, so that what is configured later is seen.
    ...{ refresh: 2, sort: 1, multi: true, includeAll: true, allValue: '.*' },
    current: { text: ['All'], value: ['$__all'] },
  };
}

/** Every panel in its place: rows from top to bottom, panels from left to right. */
function placed(): object[] {
  const all: object[] = [];
  let y = 0;
  for (const { title, panels } of ROWS) {
    all.push({
      id: all.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let x = 0;
    for (const panel of panels) {
      const w = panel.width ?? COLUMNS / 3;
      if (x + w > COLUMNS) {
        x = 0;
        y += HEIGHT;
      }
      all.push({ id: all.length + 1, ...shown(panel), gridPos: { x, y, w, h: HEIGHT } });
      x += w;
    }
    y += HEIGHT;
  }
  return all;
}

function shown({ title, description, unit, queries, now = false, stacked = false }: Panel) {
  const stacking = { mode: stacked ? 'normal' : 'none', group: 'A' };
  const custom = { fillOpacity: stacked ? 30 : 0, lineWidth: 1, showPoints: 'never', stacking };
  return {
    type: now ? 'stat' : 'timeseries',
    title,
    description,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0, ...(now ? { decimals: 2 } : { custom }) }, overrides: [] },
    options: now
      ? { reduceOptions: { calcs: ['lastNotNull'] } }
      : { tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(target),
  };
}

function target({ expr, legend }: Query, i: number) {
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + i),
    datasource: SOURCE,
    expr,
    legendFormat: legend,
  };
}
