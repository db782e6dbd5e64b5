import { globSync, readFileSync } from 'node:fs';
import slotOf from 'cluster-key-slot';
import { describe, expect, test } from 'vitest';
import { entryKey, type RedisKeys, redisKeys } from '../../src/redis/keys.ts';
import { documentedKeys, keyNamesIn } from '../support/key-names.ts';

const keys = redisKeys('forewarm');

/** Each name, with the words of the docs in it. The compiler asks for those that are missing here. */
const SHOWN: { readonly [Name in keyof RedisKeys]: readonly string[] } = {
  due: [keys.due('SOURCE')],
  failures: [keys.failures('SOURCE')],
  released: [keys.released('SOURCE')],
  params: [keys.params('SOURCE')],
  kept: [keys.kept('SOURCE')],
  version: [keys.version('SOURCE')],
  reads: [keys.reads('SOURCE', 'HOUR')],
  reporters: [keys.reporters('SOURCE')],
  reportedSince: [keys.reportedSince('SOURCE')],
  attempts: [keys.attempts('SOURCE')],
  readFailures: [keys.readFailures('SOURCE')],
  lease: [keys.lease('SOURCE', 'KEY')],
  asked: [keys.asked('SOURCE', 'KEY')],
  shrunk: [keys.shrunk('SOURCE')],
  forgotten: [keys.forgotten('SOURCE')],
  absences: [keys.absences('SOURCE')],
  leftOut: [keys.leftOut('SOURCE')],
  totals: [keys.totals('SOURCE')],
  callHistory: [keys.callHistory('SOURCE')],
  sources: [keys.sources()],
  run: [
    keys.run('RUN', 'run'),
    keys.run('RUN', 'keys'),
    keys.run('RUN', 'outcomes'),
    keys.run('RUN', 'calls'),
  ],
  runList: [keys.runList('RUN', 'LIST')],
  runIndex: [keys.runIndex()],
  activeRuns: [keys.activeRuns()],
  ledger: [keys.ledger('ORIGIN')],
  holders: [keys.holders('ORIGIN')],
  limits: [keys.limits('ORIGIN')],
  calls: [keys.calls('ORIGIN')],
  windows: [keys.windows('ORIGIN')],
  used: [keys.used('ORIGIN')],
  probed: [keys.probed('ORIGIN')],
  fences: [keys.fences('ORIGIN')],
  longest: [keys.longest('ORIGIN')],
  fenceMark: [keys.fenceMark()],
  fencesRestored: [keys.fencesRestored()],
  deadLetterIndex: [keys.deadLetterIndex()],
  deadLetters: [keys.deadLetters()],
  processes: [keys.processes()],
  ticks: [keys.ticks()],
  logLevels: [keys.logLevels()],
  measurer: [keys.measurer()],
  measured: [keys.measured()],
  audit: [keys.audit()],
  invalidations: [keys.invalidations()],
  invalidationCount: [keys.invalidationCount()],
  extensions: [keys.extensions()],
  writeProbe: [keys.writeProbe()],
  queueProbe: [keys.queueProbe()],
  stateMark: [keys.stateMark()],
  inbox: [keys.inbox()],
  schedule: (['state', 'claims', 'ticks', 'asked', 'by-hand', 'rules'] as const).map((part) =>
    keys.schedule('SCHEDULE', part),
  ),
  history: (['names', 'minutes', 'hours'] as const).map((part) => keys.history(part, 'DAY')),
  rolledHours: [keys.rolledHours()],
  idempotency: [keys.idempotency('SHA256')],
  missedWrites: [keys.missedWrites('TIER')],
  announcedWrites: [keys.announcedWrites('TIER')],
  missedWritesMark: [keys.missedWritesMark('TIER')],
  lanes: [keys.lanes()],
  lane: [keys.lane('LANE')],
};

/** What follows the prefix in names that have no hash tag there. */
const WORDS = ['tick', 'idem', 'repairs', 'invalidate'];

describe('the names of keys in Redis', () => {
  test('are those that the architecture lists, with the same hash tags', () => {
    const documented = documentedKeys(readFileSync('docs/architecture.md', 'utf8'));
    const named = [...Object.values(SHOWN).flat(), entryKey('fw:', 'KEY')];
    expect(documented.toSorted()).toEqual(named.toSorted());
    expect(Object.keys(SHOWN).toSorted()).toEqual(Object.keys(keys).toSorted());
  });

  test('share a slot where a script takes them together', () => {
    const together = [
      [...SHOWN.due, ...SHOWN.failures],
      SHOWN.run,
      [...SHOWN.deadLetterIndex, ...SHOWN.deadLetters],
      [...SHOWN.ledger, ...SHOWN.holders, ...SHOWN.fences, ...SHOWN.longest],
      [...SHOWN.invalidations, ...SHOWN.invalidationCount],
      [...SHOWN.missedWrites, ...SHOWN.missedWritesMark, ...SHOWN.announcedWrites],
      [keys.lease('SOURCE', 'a'), keys.lease('SOURCE', 'b')],
    ];
    for (const names of together) expect(new Set(names.map((name) => slotOf(name))).size, names[0]).toBe(1);
  });

  test('are built in one file', () => {
    const others = globSync('src/**/*.ts').filter((path) => path !== 'src/redis/keys.ts');
    const found = others.flatMap((path) => keyNamesIn(path, readFileSync(path, 'utf8'), WORDS));
    expect(others.length).toBeGreaterThan(300);
    expect(found).toEqual([]);
  });

  test.each([
    ['a hash tag', `const key = \`\${prefix}:{bus}:count\`;`],
    ['a hash tag with a part of its own', `const key = \`\${prefix}:{c:\${source}}:due\`;`],
    ['a hash tag at the beginning', `const key = \`{\${prefix}:q:\${lane}}\`;`],
    ['a prefix and a word', `const key = \`\${this.#deps.prefix}:tick:\${key}\`;`],
    ['a prefix and a last word', `const key = \`\${prefix}:invalidate\`;`],
    ['a string that is added', `const key = prefix + ':{runs}:index';`],
    ['a word that is added', `const key = prefix + ':idem:' + digest;`],
  ])('are found in another file: %s', (_, text) => {
    expect(keyNamesIn('src/a.ts', text, WORDS)).toHaveLength(1);
  });

  test.each([
    `const control = \`\${redis.prefix}:\`;`,
    `const place = \`\${file}:\${line}\`;`,
    `const said = \`the key \${key}: {not} one\`;`,
    `const template = 'a template such as profile:{market}';`,
  ])('are not seen in harmless text: %s', (text) => {
    expect(keyNamesIn('src/a.ts', text, WORDS)).toEqual([]);
  });
});
