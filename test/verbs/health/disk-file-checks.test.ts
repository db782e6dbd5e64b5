import { mkdirSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { tierDiskAside } from '../../../src/verbs/health/checks/tiers/disk-aside.ts';
import { tierDiskFile } from '../../../src/verbs/health/checks/tiers/disk-file.ts';
import { tierDiskLog } from '../../../src/verbs/health/checks/tiers/disk-log.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { examine } from '../../support/findings.ts';

function setup() {
  const path = join(temporaryFolder(), 'cache.db');
  const look = { diskFile: path, clock: systemClock };
  const check = async () => {
    const all = [tierDiskFile, tierDiskLog, tierDiskAside];
    const found = await Promise.all(
      all.map(async (each) => (await examine(each, look)).map((one) => ({ ...one, id: each.id }))),
    );
    return found
      .flat()
      .filter(({ level }) => level !== 'ok')
      .map(({ id, level, finding }) => `${level} ${id}: ${finding}`);
  };
  return { path, check };
}

test('the doctor finds nothing about a file that is not there yet, and a whole one well', async () => {
  const { path, check } = setup();
  expect(await check()).toEqual([]);
  new DatabaseSync(path).exec('CREATE TABLE entries (x)');
  expect(await check()).toEqual([]);
  expect(await examine(tierDiskFile, { diskFile: path, clock: systemClock })).toMatchObject([
    { level: 'ok', finding: `${path} is whole` },
  ]);
});

test('the doctor warns of a file that cannot be opened, in one line', async () => {
  const { path, check } = setup();
  mkdirSync(path);
  expect(await check()).toEqual([`warning tier-disk-file: ${path} cannot be read: disk I/O error`]);
});

test('the doctor goes on where the folder of the file is a file: the check of the tier says so', async () => {
  const { path, check } = setup();
  rmdirSync(dirname(path));
  writeFileSync(dirname(path), 'x');
  expect(await check()).toEqual([]);
});

test('the doctor warns of a log that has grown', async () => {
  const { path, check } = setup();
  writeFileSync(`${path}-wal`, '');
  truncateSync(`${path}-wal`, 80e6);
  expect(await check()).toEqual([
    `warning tier-disk-log: ${path}-wal has grown to 80.0 MB: some process holds a read of the file open`,
  ]);
});

test('the doctor names the file that was set aside last', async () => {
  const { path, check } = setup();
  for (const at of [1_000, 900_000, 20_000]) writeFileSync(`${path}.corrupt-${at}`, 'x');
  expect(await check()).toEqual([
    `warning tier-disk-aside: a damaged or locked file was set aside as ${path}.corrupt-900000 at 1970-01-01T00:15:00Z, and a new one begun`,
  ]);
});
