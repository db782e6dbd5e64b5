import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/disk.ts';
import { Cli } from './harness.ts';

describe('forewarm export', () => {
  test('writes one line per entry to stdout, and how many to stderr', async () => {
    const cli = new Cli();
    cli.stock(3);
    const { code, out, err } = await cli.run('export', 'prefix=profile:');
    expect(code).toBe(0);
    expect(
      out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).key),
    ).toEqual(['profile:1', 'profile:2', 'profile:3']);
    expect(err).toBe('3 entries exported\n');
  });

  test('writes a file whole, and leaves nothing else beside it', async () => {
    const cli = new Cli();
    cli.stock(2);
    const folder = temporaryFolder();
    const file = join(folder, 'values.jsonl');
    const { code, out } = await cli.run('export', '--output', file, '--no-bodies');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).not.toContain('body');
    expect(readdirSync(folder)).toEqual(['values.jsonl']);
  });

  test('that fails in the middle leaves the old file as it was', async () => {
    const cli = new Cli();
    const folder = temporaryFolder();
    const file = join(folder, 'values.jsonl');
    writeFileSync(file, 'old');
    cli.script({
      async *export() {
        yield ['{}'];
        throw new Error('broken');
      },
    });
    expect((await cli.run('export', '--output', file)).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['values.jsonl']);
  });

  test('stops at Ctrl-C and writes no file', async () => {
    const cli = new Cli();
    const file = join(temporaryFolder(), 'values.jsonl');
    cli.script({
      async *export(_, signal) {
        yield ['{}'];
        cli.signal();
        signal.throwIfAborted();
      },
    });
    const { code, err } = await cli.run('export', '--output', file);
    expect(code).toBe(5);
    expect(err).toContain('was not written');
    expect(existsSync(file)).toBe(false);
  });

  test('exits with 4 when nothing is stored, and with 2 when the file cannot be written', async () => {
    expect((await new Cli().run('export')).code).toBe(4);
    const { code, err } = await new Cli().run('export', '--output', '/nowhere/values.jsonl');
    expect(code).toBe(2);
    expect(err).toContain('"/nowhere/values.jsonl" cannot be written: ENOENT');
  });
});

describe('forewarm import', () => {
  const line = (key: string) => JSON.stringify({ key, stamp: 9, encoding: 'text', body: '{}' });

  test('stores what a file holds, and reports the result', async () => {
    const cli = new Cli();
    const file = join(temporaryFolder(), 'values.jsonl');
    writeFileSync(file, [line('profile:1'), line('quote:1')].join('\n'));
    const { code, out } = await cli.run('import', file);
    expect(code).toBe(3);
    expect(out).toBe(`2 lines read

  written     1
  superseded  0, by something newer
  gone        0, past everything by now
  refused     1

refused, some of them
  line 2, quote:1: its source is not configured
`);
    expect(await cli.verbs.get('profile:1')).toMatchObject({ state: 'value' });
  });

  test('reads stdin for -, and writes nothing in a dry run', async () => {
    const cli = new Cli();
    cli.stdin = Readable.from([Buffer.from(line('profile:1'))]);
    const { code, out } = await cli.run('import', '-', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ dryRun: true, written: 1 });
    expect(await cli.verbs.get('profile:1')).toEqual({ state: 'missing' });
  });

  test('exits with 4 for an empty file and with 2 for one that cannot be read', async () => {
    expect((await new Cli().run('import', '-')).code).toBe(4);
    const { code, err } = await new Cli().run('import', '/nowhere/values.jsonl');
    expect(code).toBe(2);
    expect(err).toContain('"/nowhere/values.jsonl" cannot be read: ENOENT');
  });
});

describe('forewarm purge', () => {
  test('shows keys and bytes of each tier first, asks, and removes', async () => {
    const cli = new Cli({ isTTY: true, answer: 'y', env: { NO_COLOR: '1' } });
    cli.stock(2);
    const { code, out } = await cli.run('purge', 'prefix=profile:', '--forget');
    expect(code).toBe(0);
    expect(cli.questions).toEqual(['Remove 2 keys from every tier? [y/N] ']);
    expect(out).toBe(`2 keys would be removed, 2 would be forgotten

  tier    keys  bytes  error
  memory     2   24 B

some of them
  profile:1
  profile:2
2 keys removed, 2 forgotten

  tier    keys  bytes  error
  memory     2   24 B

some of them
  profile:1
  profile:2
`);
    expect(await cli.verbs.get('profile:1')).toEqual({ state: 'missing' });
  });

  test('does nothing without a yes', async () => {
    const cli = new Cli({ isTTY: true, answer: '' });
    cli.stock(2);
    expect((await cli.run('purge', 'prefix=profile:')).code).toBe(5);
    expect(await cli.verbs.get('profile:1')).toMatchObject({ state: 'value' });
  });

  test('needs --yes where it cannot ask', async () => {
    const cli = new Cli();
    cli.stock(2);
    const refused = await cli.run('purge', '--all');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('say --yes, or --dry-run');
    expect(await cli.verbs.get('profile:1')).toMatchObject({ state: 'value' });
    const { code, out } = await cli.run('purge', '--all', '--yes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ keys: 2, selector: 'temperature=hot,warm,cold', dryRun: false });
  });

  test('refuses the empty selector, and exits with 4 where there is nothing', async () => {
    expect((await new Cli().run('purge', '--yes')).code).toBe(2);
    expect((await new Cli().run('purge', 'prefix=a', '--yes')).code).toBe(4);
  });

  test('exits with 3 when a tier did not answer', async () => {
    const cli = new Cli();
    cli.stock(1);
    const whole = await cli.verbs.purge({
      selector: 'prefix=p',
      expired: false,
      forget: false,
      dryRun: true,
    });
    const tiers = [{ tier: 'disk', keys: 0, bytes: 0, error: 'busy' }];
    cli.script({ purge: async () => ({ ...whole, tiers }) });
    expect((await cli.run('purge', 'prefix=p', '--yes')).code).toBe(3);
  });
});

test('forewarm clear-expired removes what is past its ttl', async () => {
  const cli = new Cli();
  cli.stock(1);
  await cli.clock.advance(70_000);
  cli.verbs.put('profile:2', '{}');
  const dry = await cli.run('clear-expired', '--all', '--dry-run');
  expect(dry.out).toContain('1 key would be removed');
  expect((await cli.run('clear-expired', '--all', '--yes')).code).toBe(0);
  expect(await cli.verbs.get('profile:1')).toEqual({ state: 'missing' });
  expect(await cli.verbs.get('profile:2')).toMatchObject({ state: 'value' });
});

describe('forewarm validate', () => {
  const finding = { kind: 'damaged', found: 2, repaired: 0, wrong: true } as const;
  const samples = [{ key: 'profile:1', tier: 'redis', reason: 'its body does not match its checksum' }];

  async function validating(cli: Cli, change: { repaired: number; wrong: boolean; sound: boolean }) {
    const whole = await cli.verbs.validate({ selector: '', repair: false, samples: 1 });
    const { sound, ...rest } = change;
    cli.script({ validate: async () => ({ ...whole, sound, findings: [{ ...finding, ...rest, samples }] }) });
  }

  test('says that nothing is wrong', async () => {
    const cli = new Cli();
    cli.stock(2);
    const { code, out } = await cli.run('validate');
    expect(code).toBe(0);
    expect(out).toBe('2 entries, 2 bodies of 24 B in all tiers, 2 keys in the catalog\nnothing is wrong\n');
  });

  test('exits with 3 when something is, says what, and how to fix it', async () => {
    const cli = new Cli();
    cli.stock(2);
    await validating(cli, { repaired: 0, wrong: true, sound: false });
    const { code, out } = await cli.run('validate');
    expect(code).toBe(3);
    expect(out).toBe(`2 entries, 2 bodies of 24 B in all tiers, 2 keys in the catalog

  finding  found  repaired  meaning
  damaged      2         0  a head or a body is not as it was written

  damaged: profile:1 in redis: its body does not match its checksum

What to try next
  forewarm validate --repair  # mend it
`);
  });

  test('exits with 0 when all was repaired, and with 4 when there is nothing', async () => {
    const cli = new Cli();
    cli.stock(2);
    await validating(cli, { repaired: 2, wrong: false, sound: true });
    expect((await cli.run('validate', '--repair', '--json')).code).toBe(0);
    expect((await new Cli().run('validate')).code).toBe(4);
  });

  test('reports a tier that did not answer', async () => {
    const cli = new Cli();
    cli.stock(1);
    const whole = await cli.verbs.validate({ selector: '', repair: false, samples: 1 });
    const tiers = [{ tier: 'disk', error: 'busy' }];
    cli.script({ validate: async () => ({ ...whole, sound: false, tiers }) });
    const { code, out } = await cli.run('validate');
    expect(code).toBe(3);
    expect(out).toContain('tier disk did not answer: busy\nnothing else is wrong\n');
  });
});

describe('forewarm bench', () => {
  const timing = { calls: 1_000, keys: 1_000, keysPerSecond: 12_345, p50: 0.08, p95: 0.2, p99: 12.345 };

  function measured(cli: Cli): void {
    cli.script({
      bench: async ({ selector }) => ({
        ...{ selector, at: Date.UTC(2026, 0, 1), keys: 2, bytes: 2_000 },
        tiers: [
          {
            tier: 'redis',
            held: 2,
            get: timing,
            getMany: null,
            put: null,
            putMany: null,
            left: 0,
            error: null,
          },
          { tier: 's3', held: 0, get: null, getMany: null, put: null, putMany: null, left: 1, error: null },
        ],
        compression: [
          {
            with: 'zstd',
            level: 3,
            bodies: 2,
            ratio: 4.126,
            compressPerSecond: 300e6,
            decompressPerSecond: 1e9,
          },
        ],
        origins: [
          { source: 'quote', origin: 'markets', call: timing, tier: 'redis', timesFaster: 900, error: null },
          {
            source: 'tale',
            origin: 'books',
            call: null,
            tier: 'redis',
            timesFaster: null,
            error: '429 | later',
          },
        ],
      }),
    });
  }

  test('writes its report as Markdown, and with --output as two files', async () => {
    const cli = new Cli();
    measured(cli);
    const name = join(temporaryFolder(), 'report');
    const { code, out, err } = await cli.run('bench', 'source=quote', '--output', `${name}.md`);
    expect(code).toBe(0);
    expect(err).toBe(`wrote ${name}.md and ${name}.json\n`);
    expect(out).toBe(`# Forewarm bench

2026-01-01T00:00:00Z: 2 values of 2.00 KB in all, \`source=quote\`. Times are those of one process, one call at a time, in ms.

## Tiers

| tier | call | calls | keys/s | p50 | p95 | p99 |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| redis | get 1 | 1,000 | 12,345 | 0.080 | 0.200 | 12.3 |

In tier s3 1 scratch entry is left, empty and gone: \`forewarm gc\` removes it.

## Compression of these values

| with | level | ratio | compress | decompress |
| --- | ---: | ---: | ---: | ---: |
| zstd | 3 | 4.13 | 300 MB/s | 1.00 GB/s |

## Origin beside cache

| source | origin | calls | p50 | p99 | cache |
| --- | ---: | ---: | ---: | ---: | ---: |
| quote | markets | 1,000 | 0.080 | 12.3 | redis is 900 times faster |
| tale | books | 0 | - | - | 429 \\| later |
`);
    expect(readFileSync(`${name}.md`, 'utf8')).toBe(out);
    expect(JSON.parse(readFileSync(`${name}.json`, 'utf8'))).toMatchObject({ keys: 2 });
  });

  test('exits with 4 when nothing is stored, and with 3 when a tier failed', async () => {
    expect((await new Cli().run('bench')).code).toBe(4);
    const cli = new Cli();
    measured(cli);
    const whole = await cli.verbs.bench({ selector: '', keys: 1, calls: 0 });
    const tiers = whole.tiers.map((tier) => ({ ...tier, error: 'busy' }));
    cli.script({ bench: async () => ({ ...whole, tiers }) });
    const { code, out } = await cli.run('bench');
    expect(code).toBe(3);
    expect(out).toContain('Tier redis failed: busy');
  });
});
