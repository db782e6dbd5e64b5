import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Examination } from '../../../../src/verbs/health/examination.ts';
import type { GivenScenario, Place, PlayedScenario } from '../../../support/doctor-scenarios.ts';

const token = (text: string, name = 'ci', scopes = ['read']) => ({ name, token: text, scopes });
const LONG = '4f1c9a77e02bd35568f0c2a1';

function api(host: string, ...tokens: ReturnType<typeof token>[]): Partial<Examination> {
  const isOpen = host !== '127.0.0.1';
  return { configuration: { api: { host, isOpen, tokens } } } as unknown as Partial<Examination>;
}

const host = (more: Partial<Examination['host']>) => more as Examination['host'];
const calls = (concurrency: number) =>
  new Map([['markets', { concurrency }]]) as unknown as Examination['budgets'];
const configuration = (more: object) => more as Examination['configuration'];

/** A disk with so much left. */
const disk = (more: object): Partial<Examination> => ({
  diskFile: '/nowhere/cache.db',
  configuration: configuration({ diskTier: 4e9 }),
  host: host({
    fileSystem: async () => ({ type: 0xef53, free: 50e9, all: 100e9, freeFiles: 9e6, files: 10e6, ...more }),
  }),
});

const dataOf = ({ folder }: Place) => join(folder, '.forewarm');

export const ACCESS_SCENARIOS: readonly (PlayedScenario | GivenScenario)[] = [
  {
    ...{ check: 'api-address', wrong: 'tokens travel openly', level: 'note', says: /unencrypted/ },
    bad: api('0.0.0.0', token(LONG)),
    good: api('127.0.0.1', token(LONG)),
  },
  {
    ...{
      check: 'api-address',
      wrong: 'nobody can call',
      level: 'warning',
      says: /caller from elsewhere is refused/,
    },
    bad: api('0.0.0.0'),
    good: api('127.0.0.1'),
  },
  {
    ...{ check: 'api-tokens', wrong: 'one is short', level: 'warning', says: /fewer than 20 characters/ },
    badConfig: () => ({ api: { port: 0, tokens: [token('s3cret')] } }),
  },
  {
    ...{ check: 'api-tokens', wrong: 'one has little in it', level: 'warning', says: /different characters/ },
    bad: api('127.0.0.1', token('abababababababababababab')),
    good: api('127.0.0.1', token(LONG)),
  },
  {
    ...{ check: 'api-tokens', wrong: 'all may do all', level: 'note', says: /everything: a, b/ },
    bad: api('127.0.0.1', token(LONG, 'a', ['admin']), token(`${LONG}x`, 'b', ['admin'])),
    good: api('127.0.0.1', token(LONG, 'a', ['admin']), token(`${LONG}x`, 'b')),
  },
  {
    ...{
      check: 'secrets-in-file',
      wrong: 'all can read one',
      level: 'warning',
      says: /every user.*tokens\.0\.token/,
    },
    badConfig: () => ({ api: { port: 0, tokens: [token(LONG)] } }),
  },
  {
    ...{ check: 'secrets-in-file', wrong: 'one is in it', level: 'note', says: /written in it: redis\.jobs/ },
    bad: { configuration: configuration({ file: '/nowhere/a.yaml', secretsInFile: ['redis.jobs'] }) },
    good: { configuration: configuration({ file: '/nowhere/a.yaml', secretsInFile: [] }) },
  },
  {
    ...{
      check: 'data-folder',
      wrong: 'everybody may write',
      level: 'problem',
      says: /every user of this host/,
    },
    config: (place) => ({ data: dataOf(place) }),
    before: (place) => mkdir(dataOf(place), { recursive: true, mode: 0o700 }),
    spoil: (place) => chmod(dataOf(place), 0o777),
    mend: (place) => chmod(dataOf(place), 0o700),
  },
  {
    ...{ check: 'node-version', wrong: 'it is old', level: 'warning', says: /v20\.19\.2 gets no fixes/ },
    bad: { host: host({ node: 'v20.19.2' }) },
    good: { host: host({ node: 'v24.21.0' }) },
  },
  {
    ...{
      check: 'memory-limit',
      wrong: 'the container is small',
      level: 'warning',
      says: /maxSize is 512 MB, and 268 MB are allowed/,
    },
    bad: { configuration: configuration({ memoryTier: 512e6 }), host: host({ memoryLimit: () => 268e6 }) },
    good: { configuration: configuration({ memoryTier: 512e6 }), host: host({ memoryLimit: () => 2e9 }) },
  },
  {
    ...{ check: 'open-files', wrong: 'few are allowed', level: 'warning', says: /1,024 may be open/ },
    bad: { budgets: calls(600), host: host({ openFiles: async () => 1_024 }) },
    good: { budgets: calls(8), host: host({ openFiles: async () => 1_024 }) },
  },
  {
    ...{ check: 'tier-disk-space', wrong: 'it is full', level: 'problem', says: /nothing is written/ },
    bad: disk({ free: 10e6 }),
    good: disk({}),
  },
  {
    ...{
      check: 'tier-disk-space',
      wrong: 'the file cannot grow',
      level: 'warning',
      says: /grow by 4\.00 GB/,
    },
    bad: disk({ free: 1e9 }),
    good: disk({}),
  },
  {
    ...{ check: 'tier-disk-space', wrong: 'inodes run out', level: 'warning', says: /inodes/ },
    bad: disk({ freeFiles: 10 }),
    good: disk({}),
  },
  {
    ...{
      check: 'tier-disk-place',
      wrong: 'it is NFS',
      level: 'warning',
      says: /network file system \(NFS\)/,
    },
    bad: disk({ type: 0x6969 }),
    good: disk({}),
  },
  {
    ...{ check: 'tier-disk-place', wrong: 'it is memory', level: 'warning', says: /tmpfs/ },
    bad: disk({ type: 0x01021994 }),
    good: disk({}),
  },
];
