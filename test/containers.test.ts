import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildProgram } from '../src/cli/program.ts';
import { loadSettings } from '../src/settings/load.ts';

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      build: z.object({ context: z.string(), target: z.string() }).optional(),
      command: z.union([z.string(), z.array(z.string())]).optional(),
      environment: z.record(z.string(), z.string()).default({}),
      volumes: z.array(z.string()).default([]),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
});
type ComposeFile = z.infer<typeof composeFile>;
type Service = ComposeFile['services'][string];

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly lines: readonly string[];
}

const compose = composeFile.parse(parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }));
const dockerfile = readFileSync('Dockerfile', 'utf8');
const ignored = readFileSync('.dockerignore', 'utf8').split('\n');

function stagesOf(text: string): Stage[] {
  const instructions = text.replace(/\\\n\s*/g, '').split('\n');
  const stages: { name: string; from: string; lines: string[] }[] = [];
  for (const line of instructions) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
    if (from !== undefined && name !== undefined) stages.push({ name, from, lines: [] });
    else if (/^[A-Z]+ /.test(line)) stages.at(-1)?.lines.push(line);
  }
  return stages;
}

/** The instructions of a stage and of those it is built from. */
function linesOf(stages: readonly Stage[], name: string): readonly string[] {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...linesOf(stages, stage.from), ...stage.lines];
}

function dockerfileProblems(text: string): string[] {
  const stages = stagesOf(text);
  const copies = stages.flatMap(({ lines }) =>
    lines.flatMap((line) => /^COPY (?!--from)(.*) \S+$/.exec(line)?.[1]?.split(' ') ?? []),
  );
  const froms = stages.flatMap(({ lines }) =>
    lines.flatMap((line) => /^COPY --from=(\S+)/.exec(line)?.[1] ?? []),
  );
  return [
    ...copies.filter((path) => !existsSync(path)).map((path) => `COPY ${path}: no such file`),
    ...copies
      .filter((path) => !ignored.includes(`!${path.split('/')[0]}`))
      .map((path) => `COPY ${path}: .dockerignore leaves it out`),
    ...froms.filter((from) => !stages.some(({ name }) => name === from)).map((from) => `no stage ${from}`),
  ];
}

function composeProblems(file: ComposeFile): string[] {
  const stages = stagesOf(dockerfile);
  return Object.entries(file.services).flatMap(([name, service]) => [
    ...(service.build === undefined || stages.some((stage) => stage.name === service.build?.target)
      ? []
      : [`${name}: the Dockerfile has no stage ${service.build.target}`]),
    ...(isChecked(service) ? [] : [`${name}: has no health check`]),
    ...Object.entries(service.depends_on).flatMap(([other, { condition }]) => [
      ...(file.services[other] === undefined ? [`${name}: depends on ${other}, which is no service`] : []),
      ...(condition === 'service_healthy' ? [] : [`${name}: does not wait for ${other} to be healthy`]),
    ]),
    ...service.volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((volume) => !volume.startsWith('.') && !(volume in file.volumes))
      .map((volume) => `${name}: volume ${volume} is not declared`),
    ...(name === 'worker' && ('container_name' in service || 'ports' in service)
      ? ['worker: has a fixed name or port, and cannot be scaled']
      : []),
  ]);
}

function isChecked({ healthcheck, build }: Service): boolean {
  const image = build === undefined ? [] : linesOf(stagesOf(dockerfile), build.target);
  return healthcheck !== undefined || image.some((line) => line.startsWith('HEALTHCHECK '));
}

/** The compose file with a service changed. */
function withService(name: string, change: Partial<Service> & Record<string, unknown>): ComposeFile {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return { ...compose, services: { ...compose.services, [name]: { ...service, ...change } } };
}

/** The secret that whoever starts the containers must give. */
const API_TOKEN = 'a-long-secret-of-the-caller';

/** What a container gets: compose fills in `${NAME:-default}` and `${NAME:?what to do}` before. */
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(compose.services[name]?.environment ?? {}).map(([variable, value]) => [
      variable,
      value.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace(/\$\{API_TOKEN:\?[^}]+\}/g, API_TOKEN),
    ]),
  );

/** What the image sets. */
const environmentOfImage = (stage: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    linesOf(stagesOf(dockerfile), stage)
      .filter((line) => line.startsWith('ENV '))
      .flatMap((line) =>
        [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
      ),
  );

const ROLES = ['api', 'scheduler', 'worker'];

describe('docker-compose.yml', () => {
  test('holds together', () => {
    expect(composeProblems(compose)).toEqual([]);
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['markets', ...ROLES]));
  });

  test.each([
    [withService('worker', { container_name: 'worker' }), 'worker: has a fixed name or port'],
    [withService('worker', { ports: ['7077:7077'] }), 'worker: has a fixed name or port'],
    [withService('jobs-redis', { healthcheck: undefined }), 'jobs-redis: has no health check'],
    [
      withService('api', { build: { context: '.', target: 'gone' } }),
      'api: the Dockerfile has no stage gone',
    ],
    [withService('api', { depends_on: { gone: { condition: 'service_healthy' } } }), 'which is no service'],
    [
      withService('api', { depends_on: { markets: { condition: 'service_started' } } }),
      'does not wait for markets',
    ],
    [withService('api', { volumes: ['gone:/data'] }), 'api: volume gone is not declared'],
  ])('is seen broken (%#)', (broken, problem) => {
    expect(composeProblems(broken).join('\n')).toContain(problem);
  });

  test('has a Redis for jobs that keeps everything, and one for values that may evict', () => {
    const jobs = compose.services['jobs-redis'];
    expect(jobs?.command).toMatch(/--appendonly yes.*--maxmemory-policy noeviction/);
    expect(jobs?.volumes).toEqual(['jobs:/data']);
    expect(compose.services['cache-redis']?.command).toMatch(
      /--maxmemory \S+ --maxmemory-policy allkeys-lru/,
    );
  });

  test.each(ROLES)('gives %s variables that the configuration knows, and takes', async (name) => {
    const environment = environmentOf(name);
    const settings = await loadSettings({ file: 'config/forewarm.yaml', env: environment });
    expect(settings.redis.jobs).toBe('redis://jobs-redis:6379');
    expect(settings.redis.cache).toBe('redis://cache-redis:6379');
    expect(settings.origins.get('markets')).toMatchObject({ url: 'http://markets:7070' });
    expect(settings.log.format).toBe('json');
    const file = readFileSync('config/forewarm.yaml', 'utf8');
    const foreign = Object.keys(environment).filter((variable) => !variable.startsWith('FOREWARM_'));
    expect(foreign.filter((variable) => !file.includes(`\${${variable}:`))).toEqual([]);
  });

  test('lets the API listen outside its container only with a token, which the caller must give', async () => {
    const settings = await loadSettings({ file: 'config/forewarm.yaml', env: environmentOf('api') });
    expect(settings.api).toMatchObject({ host: '0.0.0.0', port: 7077 });
    expect(settings.api.tokens).toEqual([{ name: 'compose', token: API_TOKEN, scopes: ['admin'] }]);
    expect(compose.services.api?.environment?.FOREWARM_API__TOKENS).toMatch(/\$\{API_TOKEN:\?/);
  });

  test('runs and checks with commands that exist', () => {
    const silent = () => {};
    const program = buildProgram({
      act: async () => {},
      stdout: silent,
      stderr: silent,
      width: 80,
      commonFlagsInHelp: false,
    });
    const commands = program.commands.map((command) => command.name());
    for (const role of ROLES) expect(commands).toContain(compose.services[role]?.command?.[0]);
  });

  test.each(ROLES)('has %s checked by the image, at the port where it serves its health', async (role) => {
    expect(compose.services[role]?.healthcheck).toBeUndefined();
    const check = linesOf(stagesOf(dockerfile), 'forewarm').find((line) => line.startsWith('HEALTHCHECK '));
    expect(check).toMatch(/process\.env\.FOREWARM_HTTP__PORT \+ '\/livez'/);
    const image = environmentOfImage('forewarm');
    const settings = await loadSettings({
      file: 'config/forewarm.yaml',
      env: { ...image, ...environmentOf(role) },
    });
    expect(settings.http).toEqual({ port: Number(image.FOREWARM_HTTP__PORT), host: '0.0.0.0' });
  });
});

describe('the Dockerfile', () => {
  test('copies what exists and what .dockerignore lets through', () => {
    expect(dockerfileProblems(dockerfile)).toEqual([]);
  });

  test.each([
    ['COPY sources /app', 'COPY sources: no such file'],
    ['COPY test /app', 'COPY test: .dockerignore leaves it out'],
    ['COPY --from=gone a b', 'no stage gone'],
  ])('is seen broken by %j', (line, problem) => {
    expect(dockerfileProblems(`${dockerfile}\n${line}\n`)).toContain(problem);
  });

  test('ends with Forewarm itself, not as root, checked, with the command as its entry', () => {
    const stages = stagesOf(dockerfile);
    expect(stages.at(-1)?.name).toBe('forewarm');
    const lines = linesOf(stages, 'forewarm');
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
    expect(lines).toContain('ENTRYPOINT ["forewarm"]');
    expect(lines.join('\n')).toContain('ln -s /app/bin/forewarm.mjs /usr/local/bin/forewarm');
  });

  test('asks for a path that the example origin has', () => {
    const urls = [...dockerfile.matchAll(/127\.0\.0\.1:(\d+)(\/\w+)/g)].map(
      ([, port, path]) => `${port}${path}`,
    );
    expect(urls).toEqual(['7070/_counters']);
  });

  test('has a health check that passes where a process lives, and fails where none answers', async () => {
    const [check] = linesOf(stagesOf(dockerfile), 'forewarm').filter((line) =>
      line.startsWith('HEALTHCHECK '),
    );
    const [program = '', ...args] = z
      .array(z.string())
      .parse(JSON.parse(/CMD (\[.*\])$/.exec(check ?? '')?.[1] ?? '[]'));
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/livez' ? status : 404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String(Object(server.address()).port);
    const codeOf = async () => {
      const child = spawn(program, args, {
        env: { ...process.env, FOREWARM_HTTP__PORT: port },
        stdio: 'ignore',
      });
      return (await once(child, 'exit'))[0];
    };
    expect(await codeOf()).toBe(0);
    status = 503;
    expect(await codeOf()).toBe(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await codeOf()).toBe(1);
  });
});
