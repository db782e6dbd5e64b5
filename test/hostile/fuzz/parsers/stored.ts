/** Decoders of what processes leave in tiers and in Redis: other versions write there, disks and people damage it. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { z } from 'zod';
import { readLowered } from '../../../../src/budget/redis-ledger-state.ts';
import { readCells } from '../../../../src/catalog/history-cells.ts';
import { readDeadLetter } from '../../../../src/catalog/redis-dead-letters.ts';
import { readProbe } from '../../../../src/catalog/redis-probes.ts';
import { readBeat } from '../../../../src/catalog/redis-registry.ts';
import { readKeyPage } from '../../../../src/catalog/runs/redis-key-lists.ts';
import { readChunk, readRun, readRunList, readSpec } from '../../../../src/catalog/runs/run-record.ts';
import { valueFrom } from '../../../../src/core/body.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { BodyFormat, Compression } from '../../../../src/core/entry.ts';
import { readRowName } from '../../../../src/core/metrics/history-series.ts';
import { bodyInJson } from '../../../../src/flow/body-in-json.ts';
import { Breath } from '../../../../src/flow/breath.ts';
import { prefetchPayload } from '../../../../src/jobs/run-jobs.ts';
import { recordFrom } from '../../../../src/redis/record.ts';
import {
  readIntervention,
  readPause,
  readRule,
  readTick,
} from '../../../../src/schedules/redis-tick-records.ts';
import { ruleOf, ruleWords } from '../../../../src/schedules/rule.ts';
import { COMPRESSORS } from '../../../../src/tiers/codec/compression.ts';
import { entryOf as entryOfRow, type Row, rowOf } from '../../../../src/tiers/disk/disk-rows.ts';
import { decode, encode, headBytesOf, stampOf } from '../../../../src/tiers/format/envelope.ts';
import { headFrom, metaOf } from '../../../../src/tiers/format/meta.ts';
import { readExtensions, readMessage } from '../../../../src/tiers/invalidation/bus-message.ts';
import { codecOf, keyOf } from '../../../support/codecs.ts';
import { entryOf } from '../../../support/entries.ts';
import { bytesOf, exampleOf, joined, type Parser, partsOf } from '../parser.ts';

const STORED = entryOf('profile:denver', '{"population":715522}', { tags: ['market:7'], etag: '"a"' });
const SPEC = JSON.stringify({
  ...{ id: 'r1', selector: 'source=a', cause: 'cli', schedule: 'nightly', nominal: 5, createdAt: 1 },
  ...{ options: { force: true, missing: false, limit: 0, deadlineAt: 0 }, stamps: { m: 1 } },
  named: { list: 'l', pages: 1, keys: 2, sources: ['a'] },
});
const { head: HEAD } = STORED;
const REST = { ...HEAD, bodyBytes: 1 };

function bodies(format: BodyFormat, examples: readonly string[]): Parser {
  return { name: `bodies of ${format}`, examples, read: (text) => valueFrom(format, bytesOf(text)) };
}

function compressed(name: Exclude<Compression, 'none'>, body: Buffer): Parser {
  return {
    name: `bodies compressed by ${name}`,
    examples: [exampleOf(body)],
    read: async (text) => {
      const bytes = bytesOf(text);
      const encoding = { compress: name, plainBytes: 1_000, crc: 0 };
      const opened = await codecOf().open({ head: { ...HEAD, encoding }, body: bytes });
      if (opened.kind !== 'plain') throw new Damaged(opened.reason);
      COMPRESSORS[name].expand.now(bytes, 1_000);
    },
    refuses: [Damaged],
  };
}

/** What the codec says of a body, in place of throwing. */
class Damaged extends Error {}

const SEALED = await codecOf({ keys: { a: keyOf(1) } }).seal(entryOf('a:1', 'x'.repeat(500)));
const LONG = Buffer.from('{"a":1} '.repeat(100));

const LOWERED = {
  ...{ rate: null, permits: 4, top: { rate: 50, permits: 8 }, age: 1 },
  ...{ since: 1, cutAt: 2, at: 3, reason: '429' },
};

export const STORED_PARSERS: readonly Parser[] = [
  { name: 'lowered limits', examples: [JSON.stringify(LOWERED)], read: readLowered },
  {
    name: 'envelopes',
    examples: [exampleOf(encode(STORED)), exampleOf(encode(SEALED))],
    read: (text) => {
      const bytes = bytesOf(text);
      stampOf(bytes);
      if (bytes.length >= 82) headBytesOf(bytes);
      return [decode(bytes, 'head'), decode(bytes, 'entry')];
    },
  },
  {
    name: 'metas of heads',
    examples: [metaOf(HEAD, 'profile:denver'), metaOf(SEALED.head, 'a:1')],
    read: (text) => headFrom(text, REST),
    // `decode` and `entryOf` make a damaged entry of it.
    refuses: [SyntaxError, TypeError],
  },
  {
    name: 'rows of the disk tier',
    examples: [metaOf(HEAD)],
    read: (text) => {
      const row = [...rowOf(STORED)];
      row[11] = text;
      return entryOfRow(row as unknown as Row);
    },
  },
  bodies('json', ['{"a":[1,2,{"b":null}]}', '"x"']),
  bodies('msgpack', [
    '\x81\xa1a\x93\x01\x02\x03',
    '\xc0',
    '\xdd\xff\xff\xff\xff',
    '\xdf\xff\xff\xff\xff',
    '\xc7\x01\x72\x00',
    '\xd6\xff\x00\x00\x00\x01',
    '\xc9\xff\xff\xff\xff\x01',
    '\xcf\xff\xff\xff\xff\xff\xff\xff\xff',
  ]),
  bodies('float32', ['\x00\x00\x80\x3f\x00\x00\x00\x40']),
  {
    name: 'bodies in JSON documents',
    examples: ['{"a":1}', 'text', '\xff\xfe', '9007199254740993'],
    read: (text) => bodyInJson(bytesOf(text), new Breath({ clock: systemClock })),
  },
  compressed('zstd', zstdCompressSync(LONG)),
  compressed('gzip', gzipSync(LONG)),
  compressed('brotli', brotliCompressSync(LONG)),
  {
    name: 'encrypted bodies',
    examples: [exampleOf(SEALED.body)],
    read: async (text) => {
      const opened = await codecOf({ keys: { a: keyOf(1) } }).open({
        head: SEALED.head,
        body: bytesOf(text),
      });
      if (opened.kind !== 'plain') throw new Damaged(opened.reason);
    },
    refuses: [Damaged],
  },
  {
    name: 'messages of the bus',
    examples: [
      '{"kind":"keys","source":"a","keys":["a:1"],"mode":"drop","stamp":5,"at":6}',
      '{"kind":"fences","fences":[{"origin":"m","target":"tag=x","mode":"stale","stamp":1}]}',
    ],
    worst: [`{"kind":"keys","source":"a","keys":[${'1,'.repeat(2_000)}1]}`],
    read: readMessage,
    // The bus counts it as a gap, and looks at everything again.
    refuses: [Error],
  },
  {
    name: 'extensions on the bus',
    examples: ['[["a:1",1,2,3,4,5,6,7]]'],
    worst: [`[${'1,'.repeat(2_000)}1]`],
    read: readExtensions,
    refuses: [Error],
  },
  { name: 'specs of runs', examples: [SPEC], read: readSpec },
  {
    name: 'runs',
    examples: [joined(SPEC, 'ended', '{"redis":{"warm":1,"total":2}}', '5')],
    read: (text) => {
      const part = partsOf(text);
      const fields = {
        spec: part(0),
        state: part(1),
        coverage: part(2),
        total: part(3),
        pending: part(3),
        revision: part(3),
      };
      return [readRun(fields), readRunList(Object.entries(fields).flat())];
    },
  },
  {
    name: 'chunks of runs',
    examples: [joined('a\na:1\na:2', 'wp', 'ended')],
    read: (text) => {
      const part = partsOf(text);
      const spec = readSpec(SPEC);
      return spec && readChunk(part(0), part(1), part(2), spec);
    },
  },
  {
    name: 'pages of key lists',
    examples: ['{"source":"a","keys":["a:1"],"params":{"a:1":{"id":"1"}}}'],
    read: readKeyPage,
  },
  {
    name: 'dead letters',
    examples: ['5|3|{"source":"a","key":"a:1","run":"r1","reason":"x"}'],
    read: (text) => readDeadLetter('x', text),
  },
  {
    name: 'beats of processes',
    examples: [
      '{"id":"a","roles":["worker"],"host":"h","pid":1,"startedAt":1,"seenAt":2,"memory":{"entries":1,"bytes":2}}',
    ],
    read: readBeat,
  },
  { name: 'rows of the history', examples: ['coverage\tprofile\tstack', 'calls\ta\trun'], read: readRowName },
  {
    name: 'cells of the history',
    examples: ['\u007f\u00c0'],
    read: (text) => readCells(Buffer.from(text), 9),
  },
  { name: 'probes of origins', examples: ['{"at":5,"failure":"x"}', 'host-1 5'], read: readProbe },
  {
    name: 'records of ticks',
    examples: ['{"at":5,"nominal":4,"from":4,"end":"skipped","reason":"missed","run":"r"}'],
    read: readTick,
  },
  {
    name: 'what was done to schedules by hand',
    examples: ['{"kind":"back-filled","id":"a","by":"ann","why":"b","nominal":5,"run":"r"}'],
    read: (text) => readIntervention([text, 5]),
  },
  {
    name: 'rules of schedules',
    examples: ['5 {"cron":"0 2 * * *","timezone":"UTC"}', '5 {"every":60000}', '5 {"at":[5]}'],
    read: (text) => ruleWords(ruleOf(readRule(text).rule)),
  },
  { name: 'pauses of schedules', examples: ['{"since":5,"by":"a","why":"b"}'], read: readPause },
  {
    name: 'other records',
    examples: ['{"a":"1"}'],
    read: (text) => recordFrom(z.record(z.string(), z.string()), text),
  },
  {
    name: 'payloads of jobs',
    examples: ['{"step":"plan","run":"r1"}', '{"step":"warm","run":"r1","chunk":0,"cursor":0}'],
    read: (text) => prefetchPayload.safeParse(JSON.parse(text)),
    refuses: [SyntaxError],
  },
];
