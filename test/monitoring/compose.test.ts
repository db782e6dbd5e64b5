/** Prometheus and Grafana of the compose file: what they are given, and who can reach them. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROWS, VARIABLES } from '../../scripts/monitoring/panels.ts';

interface Service {
  readonly image?: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}

const text = readFileSync('docker-compose.yml', 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const watching = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
const scrape = parse(readFileSync('config/prometheus/prometheus.yml', 'utf8'));
const [job] = scrape.scrape_configs;

describe('the profile "monitoring"', () => {
  test('holds Prometheus and Grafana, of pinned versions, and nothing that Forewarm needs', () => {
    expect(watching.map(([name]) => name)).toEqual(['prometheus', 'grafana']);
    for (const [name, { profiles, image }] of watching) {
      expect(profiles, name).toEqual(['monitoring']);
      expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/);
    }
  });

  test('listens on this machine alone, and has no password to be guessed', () => {
    for (const [name, { ports = [] }] of watching) {
      expect(ports, name).toHaveLength(1);
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
    const { environment = {} } = services.grafana ?? {};
    expect(Object.keys(environment).filter((variable) => /PASSWORD|SECRET_KEY|TOKEN/.test(variable))).toEqual(
      [],
    );
    expect(environment).toMatchObject({
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_AUTH_BASIC_ENABLED: 'false',
    });
  });

  test('mounts what is there, for reading', () => {
    const mounted = watching.flatMap(([, { volumes = [] }]) =>
      volumes.filter((volume) => volume.startsWith('.')),
    );
    expect(mounted).toHaveLength(3);
    for (const volume of mounted) {
      const [from = '', , how] = volume.split(':');
      expect([existsSync(from), how], volume).toEqual([true, 'ro']);
    }
  });
});

describe('config/prometheus/prometheus.yml', () => {
  test('finds every service that is a role, at the port at which the image serves', () => {
    const roles = Object.entries(services).filter(([, { image }]) => image === 'forewarm');
    const [found] = job.dns_sd_configs;
    expect(found.names.toSorted()).toEqual(roles.map(([name]) => name).toSorted());
    const [, port] = /FOREWARM_HTTP__PORT=(\d+)/.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(String(found.port)).toBe(port);
  });
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(readFileSync('config/grafana/dashboards/forewarm.json', 'utf8'));
  const panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[] = dashboard.panels;

  test('has each panel in a place of its own, and says what each shows', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(taken).size).toBe(taken.length);
    for (const { x, w } of panels.map(({ gridPos }) => gridPos)) expect(x + w).toBeLessThanOrEqual(24);
    for (const { description } of ROWS.flatMap((row) => row.panels)) expect(description).toMatch(/[.]$/);
  });

  test('uses each of its variables, and no other', () => {
    const exprs = ROWS.flatMap((row) => row.panels.flatMap((panel) => panel.queries.map(({ expr }) => expr)));
    const used = exprs.flatMap((expr) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name));
    expect(new Set(used)).toEqual(new Set([...Object.keys(VARIABLES), '__rate_interval']));
  });

  test('asks the source that is provisioned', () => {
    const { datasources } = parse(
      readFileSync('config/grafana/provisioning/datasources/prometheus.yml', 'utf8'),
    );
    expect(datasources).toMatchObject([
      { type: 'prometheus', url: 'http://prometheus:9090', isDefault: true },
    ]);
    const { providers } = parse(readFileSync('config/grafana/provisioning/dashboards/forewarm.yml', 'utf8'));
    const [place] = (services.grafana?.volumes ?? []).filter((volume) =>
      volume.includes('grafana/dashboards'),
    );
    expect(place).toContain(`:${providers[0].options.path}:`);
  });
});
