/** What an origin answers, however large, keeps nobody else waiting: the longest turn of the event loop, in processor time. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bodyOf } from '../../src/core/body.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Source } from '../../src/core/source.ts';
import { Breath } from '../../src/flow/breath.ts';
import { EmbeddingsOrigin } from '../../src/origins/embeddings/embeddings-origin.ts';
import { embeddingsOriginOptions, embeddingsRequestOptions } from '../../src/origins/embeddings/options.ts';
import { requestKinds } from '../../src/origins/kinds.ts';
import {
  ModuleOrigin,
  moduleOriginOptions,
  moduleRequestOptions,
} from '../../src/origins/module/module-origin.ts';
import type { Fetched, Origin } from '../../src/origins/origin.ts';
import { answersOf } from '../../src/origins/sql/answer.ts';
import { sqlRequestOptions } from '../../src/origins/sql/options.ts';
import { judgeAnswers } from '../../src/warming/judgement.ts';
import { requestOf, SIGNAL, sourceOf } from '../contract/origin.steps.ts';
import { temporaryFolder } from '../support/disk.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { longestTurn } from '../support/turns.ts';
import { BATCH, setup } from './http/http.steps.ts';

const clock = systemClock;
const breath = () => new Breath({ clock });
/** By default an answer over HTTP has no more. */
const LARGEST = 9_900_000;
/** Of what takes longer: read at once, it would hold up others for too long as well. */
const LARGE = 2_000_000;

/** As many pieces as make the length, the last without its comma. */
function filled(open: string, close: string, length: number, piece: (i: number) => string): Buffer {
  const parts = [open];
  for (let i = 0, left = length; left > 0; i += 1) {
    const part = piece(i);
    parts.push(part);
    left -= part.length;
  }
  return Buffer.from(parts.join('').replace(/,$/, '') + close);
}

const record = (i: number) => `{"id":"${i}","value":{"name":"n${i}","n":${i * 1.5}}},`;
const longNumber = (i: number) => `90071992547409930${i},`;

const BODIES: Readonly<Record<string, () => Buffer>> = {
  records: () => filled('[', ']', LARGEST, record),
  'long numbers': () => filled('{"require":[', ']}', LARGE, longNumber),
  members: () => filled('{', '}', LARGE, (i) => `"a${i}":1,`),
  'an error of many members': () => filled('{"errors":{', '}}', LARGE, (i) => `"a${i}":1,`),
  'a text of quotes': () => filled('{"require":"', '"}', LARGEST, () => '\\"'),
  'empty lists': () => filled('[', ']', LARGE, () => '[],'),
  'lists in lists': () => filled('[', ']', LARGE, () => `${'['.repeat(500)}1${']'.repeat(500)},`),
  'no end': () => filled('{"require":[', '', LARGE, () => '{},'),
};

async function judged(source: Source, answers: readonly Fetched[]): Promise<void> {
  const wanted = { index: 0, key: 'value:a', head: undefined, params: { id: 'a' } };
  const all = answers.map((answer) => ({ wanted, answer, stamp: '1700000000000.0' as never }));
  await judgeAnswers(source, all, { modeOf: () => undefined } as never, breath(), () => undefined);
}

/** The longest turn while these are asked for and judged. What is no answer has to be refused in the origin's way. */
function turnOf(origin: Pick<Origin, 'fetchMany'>, source: Source, ids: readonly string[]): Promise<number> {
  const requests = ids.map((id) => requestOf(id));
  return longestTurn(async () => {
    const fetched = await origin.fetchMany(source, requests, SIGNAL).catch((error: unknown) => {
      expect(error).toMatchObject({ code: expect.stringMatching(/^E_ORIGIN/) });
      return [];
    });
    await judged(source, fetched);
  });
}

const guarded = (source: Source): Source => ({
  ...source,
  format: 'json',
  guard: { ...source.guard, require: ['require', 'a.b'], error: 'errors' },
});

const IDS = Array.from({ length: 100 }, (_, i) => String(i * 100));

const WAYS: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  http: async () => {
    const one = await setup();
    const found: Record<string, number> = {};
    for (const [what, body] of Object.entries(BODIES)) {
      const bytes = body();
      one.server.answer((response) => response.end(bytes));
      found[what] = await turnOf(one.origin, guarded(one.source), ['a']);
    }
    const many = await setup({ request: { batch: { ...BATCH, size: 100 } } });
    const versioned = await setup({ request: { path: '/values/{id}', version: '0.id' } });
    const batches = {
      'a batch of many records': filled('{"items":[', ']}', LARGEST / 2, record),
      'a batch of one value': filled('{"items":[{"id":"0","value":[', ']}]}', LARGE, longNumber),
      'a batch of one id': filled('{"items":[', ']}', LARGE, () => '{"id":"0","value":[1,[2]]},'),
      'a map of many ids': filled('{"items":{', '}}', LARGE, (i) => `"${i}":{"value":1},`),
    };
    for (const [what, bytes] of Object.entries(batches)) {
      many.server.answer((response) => response.end(bytes));
      versioned.server.answer((response) => response.end(bytes));
      found[what] = await turnOf(many.origin, guarded(many.source), IDS);
    }
    const inPacked = { ...many.source, format: 'msgpack' as const };
    many.server.answer((response) => response.end(batches['a batch of one value']));
    found['a batch of one value for MessagePack'] = await turnOf(many.origin, inPacked, IDS);
    const packed = bodyOf('msgpack', JSON.parse(filled('[', ']', LARGE, record).toString()));
    one.server.answer((response) => response.end(packed));
    found['a body of MessagePack'] = await turnOf(one.origin, { ...guarded(one.source), format: 'msgpack' }, [
      'a',
    ]);
    found['a version in it'] = await turnOf(versioned.origin, versioned.source, ['a']);
    return found;
  },
  embeddings: async () => {
    const server = await startScriptedServer();
    const origin = new EmbeddingsOrigin({
      ...{ name: 'values', clock },
      options: embeddingsOriginOptions.parse({ kind: 'embeddings', url: server.url }),
    });
    onTestFinished(() => origin.close());
    const request = embeddingsRequestOptions.parse({ model: 'm', input: '{id}', keysPerCall: 100 });
    const source = sourceOf(request, { format: 'float32', keysPerCall: 100 });
    const vectors = (embedding: string) =>
      `{"data":[${IDS.map((_, index) => `{"index":${index},"embedding":${embedding}}`).join(',')}]}`;
    const answers = {
      vectors: vectors(filled('[', ']', LARGEST / 200, (i) => `0.0${1_234_567 + i},`).toString()),
      'base64 vectors': vectors(`"${Buffer.alloc(40_000, 'abcdefg').toString('base64')}"`),
      'a vector without end': filled('{"data":[{"index":0,"embedding":[', ']}]}', LARGE, () => '1,'),
      'items without number': filled('{"data":[', ']}', LARGE, () => '{},'),
    };
    const found: Record<string, number> = {};
    for (const [what, body] of Object.entries(answers)) {
      const bytes = Buffer.from(body);
      server.answer((response) => response.end(bytes));
      found[what] = await turnOf(origin, source, IDS);
    }
    return found;
  },
  module: async () => {
    const file = join(temporaryFolder(), 'origin.mjs');
    const text = filled('[', ']', 30, record).toString();
    await writeFile(
      file,
      `const rows = ${JSON.stringify(text.slice(1, -1))}.concat(',').repeat(150_000);
      export const fetchMany = () => [{ kind: 'body', body: '[' + rows + '1]' }];`,
    );
    const origin = new ModuleOrigin({
      ...{ name: 'values', clock },
      options: moduleOriginOptions.parse({ kind: 'module', module: file }),
    });
    onTestFinished(() => origin.close());
    return {
      'JSON as text': await turnOf(origin, guarded(sourceOf(moduleRequestOptions.parse({}))), ['a']),
    };
  },
  sql: async () => {
    const request = sqlRequestOptions.parse({ query: 'select $1', params: ['{id...}'] });
    const source = guarded(sourceOf(request));
    const texts: Readonly<Record<string, readonly [type: number, text: string]>> = {
      'a text of quotes': [25, '"'.repeat(LARGEST / 2)],
      'a column of JSON': [3802, filled('[', ']', LARGE, record).toString()],
    };
    const found: Record<string, number> = {};
    for (const [what, [dataTypeID, text]] of Object.entries(texts)) {
      const rows = {
        fields: [
          { name: 'id', dataTypeID: 25 },
          { name: 'value', dataTypeID },
        ],
        rows: [['a', text]],
      };
      found[what] = await longestTurn(async () =>
        judged(source, await answersOf(source, request, rows, [requestOf('a')], clock)),
      );
    }
    return found;
  },
};

describe('an answer of 10 MB', () => {
  test.each([...requestKinds.keys()])(
    'of a %s origin holds up the event loop for less than 50 ms',
    async (kind) => {
      const found = await WAYS[kind]?.();
      const long = Object.entries(found ?? { 'is not measured': Infinity }).filter(([, ms]) => ms >= 50);
      expect(long).toEqual([]);
    },
  );

  test('holds nobody up longer where eight of them come at the same time', async () => {
    const { server, origin, source } = await setup({ origin: { concurrency: 8 } });
    const bytes = filled('[', ']', LARGE, record);
    server.answer((response) => response.end(bytes));
    const ms = await longestTurn(() =>
      Promise.all(
        Array.from({ length: 8 }, async () =>
          judged(guarded(source), await origin.fetchMany(source, [requestOf('a')], SIGNAL)),
        ),
      ),
    );
    expect(ms).toBeLessThan(50);
  });
});
