import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeAt, plainOf } from '../../src/settings/document/config-node.ts';
import { readDocument } from '../../src/settings/document/document.ts';
import { variableOf, withVariables } from '../../src/settings/document/variables.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { shapeOf } from '../../src/settings/shape/shape-of.ts';
import { GOOD, loadText, problemsOf } from '../support/settings.ts';

const SHAPE = shapeOf(settingsSchema);
const TREE = readDocument(
  `${GOOD}schedules: { nightly-run: { cron: "* * * * *", warm: {} } }
`,
  {},
).tree;

function withEnv(env: Record<string, string>) {
  if (TREE === undefined) throw new Error('not YAML');
  return withVariables(SHAPE, TREE, env);
}

const PATHS = [
  'data',
  'tiers.memory.maxSize',
  'temperatures.hot.refreshAhead',
  'origins.markets.maxBodyBytes',
  'origins.markets.headers',
  'sources.profile.guard.notEmpty',
  'sources.profile.request.batch.size',
  'schedules.nightly-run.warm.olderThan',
  'schedules.nightly-run.deadline',
  'api.tokens',
].map((path) => path.split('.'));

/** The same variable with some of the letters behind its prefix in lower case. */
const respelled = (variable: string) => {
  const [prefix = '', ...letters] = [variable.slice(0, 9), ...variable.slice(9)];
  return fc
    .array(fc.boolean(), { minLength: letters.length, maxLength: letters.length })
    .map((lower) => prefix + letters.map((letter, i) => (lower[i] ? letter.toLowerCase() : letter)).join(''));
};

describe('the variable of an option', () => {
  test.each([
    ['tiers.memory.maxSize', 'FOREWARM_TIERS__MEMORY__MAX_SIZE'],
    ['sources.my-own.absentTtl', 'FOREWARM_SOURCES__MY_OWN__ABSENT_TTL'],
    ['log.level', 'FOREWARM_LOG__LEVEL'],
  ])('%s is %s', (path, variable) => {
    expect(variableOf(path.split('.'))).toBe(variable);
  });

  test('sets that option, whatever its case', () => {
    const spelling = fc
      .constantFrom(...PATHS)
      .chain((path) => fc.tuple(fc.constant(path), respelled(variableOf(path))));
    fc.assert(
      fc.property(spelling, fc.stringMatching(/^x[a-z0-9]*$/), ([path, variable], value) => {
        const { tree, findings } = withEnv({ [variable]: value });
        expect(findings).toEqual([]);
        expect(nodeAt(tree, path)).toMatchObject({ value, position: { from: 'variable', name: variable } });
      }),
    );
  });

  test('leaves everything else as it was', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), (path) => {
        const { tree } = withEnv({ [variableOf(path)]: 'x' });
        if (TREE === undefined) throw new Error('not YAML');
        const before: unknown = plainOf(TREE);
        const after = plainOf(tree);
        expect(without(after, path)).toEqual(without(before, path));
      }),
    );
  });

  test('that sets nothing is told, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{1,9}(__?[A-Z]{1,9}){0,3}$/), (name) => {
        const variable = `FOREWARM_XX${name}`;
        fc.pre(!/SERVICE|PORT/.test(variable));
        const { findings } = withEnv({ [variable]: '1' });
        expect(findings).toMatchObject([{ position: { name: variable } }]);
      }),
    );
  });
});

/** The value without what stands at a path, and without the maps that are empty then. */
function without(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || name === undefined) return undefined;
  const members = Object.entries(value).flatMap(([key, member]) => {
    const left = key === name ? without(member, rest) : member;
    return left === undefined ? [] : [[key, left]];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

describe('variables', () => {
  test('set lists and maps as JSON or YAML, and what is in a map after the map', async () => {
    const settings = await loadText(GOOD, {
      env: {
        FOREWARM_TIERS__MEMORY__MAX_SIZE: '2MB',
        FOREWARM_TIERS__MEMORY: '{"maxSize": "1MB", "enabled": false}',
        FOREWARM_SOURCES__PROFILE__TAGS: '[a, "b:{market}"]',
        FOREWARM_SCHEDULES: 'nightly: { cron: "0 2 * * *", warm: { sources: profile } }',
        FOREWARM_SCHEDULES__NIGHTLY__LIMIT: '5',
      },
    });
    expect(settings.tiers.memory).toMatchObject({ enabled: false, maxSize: 2_000_000 });
    expect(settings.sources.get('profile')?.tags.map(({ text }) => text)).toEqual(['a', 'b:{market}']);
    expect(settings.schedules.get('nightly')).toMatchObject({ selector: 'source=profile', limit: 5 });
  });

  test('set a selector as text or as a map', async () => {
    const text = `${GOOD}schedules: { s: { cron: "* * * * *", warm: "" } }`;
    const selectorOf = async (FOREWARM_SCHEDULES__S__WARM: string) =>
      (await loadText(text, { env: { FOREWARM_SCHEDULES__S__WARM } })).schedules.get('s')?.selector;
    expect(await selectorOf('source=profile age>1h')).toBe('source=profile age>1h');
    expect(await selectorOf('{ sources: [profile] }')).toBe('source=profile');
  });

  test('that are empty count as not set', async () => {
    const settings = await loadText('api: { port: 1 }', { env: { FOREWARM_API__PORT: '' } });
    expect(settings.api.port).toBe(1);
  });

  test('are taken as they are: nothing is put into them', async () => {
    const settings = await loadText('', {
      env: { FOREWARM_REDIS__SENTINEL__USERNAME: `\${HOME}`, HOME: '/root' },
    });
    expect(settings.redis.sentinel.username).toBe(`\${HOME}`);
  });

  test('of other purposes are left alone', async () => {
    const env = {
      FOREWARM_CONFIG: '',
      FOREWARM_REDIS_SERVER: '/usr/bin/valkey-server',
      FOREWARM_TRACES: '1',
      FOREWARM_SERVICE_HOST: '10.0.0.1',
      FOREWARM_SERVICE_PORT: '7077',
      FOREWARM_PORT: 'tcp://10.0.0.1:7077',
      FOREWARM_PORT_7077_TCP: 'tcp://10.0.0.1:7077',
      FOREWARM_PORT_7077_TCP_ADDR: '10.0.0.1',
      FOREWARM_REDIS_PORT: 'tcp://10.0.0.2:6379',
    };
    expect((await loadText('', { env })).api.port).toBe(7077);
    expect(await problemsOf('', { env: { FOREWARM_PORT: '7077' } })).toHaveLength(1);
  });

  test('that could mean two names are told, with both', async () => {
    const two = 'origins: { a-b: { kind: module, module: x }, a_b: { kind: module, module: y } }';
    expect(await problemsOf(two, { env: { FOREWARM_ORIGINS__A_B__TIMEOUT: '1s' } })).toEqual([
      'FOREWARM_ORIGINS__A_B__TIMEOUT: could be origins.a-b.timeout and origins.a_b.timeout; set it in the file',
    ]);
  });
});
