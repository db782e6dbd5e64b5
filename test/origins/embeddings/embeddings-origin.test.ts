import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyOf } from '../../../src/core/body.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { BodyFormat } from '../../../src/core/entry.ts';
import { EmbeddingsOrigin } from '../../../src/origins/embeddings/embeddings-origin.ts';
import {
  embeddingsOriginOptions,
  embeddingsRequest,
  embeddingsRequestOptions,
} from '../../../src/origins/embeddings/options.ts';
import type { OriginRequest } from '../../../src/origins/origin.ts';
import { failureOf, SIGNAL, sourceOf } from '../../contract/origin.steps.ts';
import { type HttpSystem, MISHAPS, type SystemKind } from '../../contract/origin.system.ts';
import { describeOrigin } from '../../contract/origin.ts';
import { type Asked, json, type Script, startScriptedServer, status } from '../../support/scripted-server.ts';

/** A vector that tells texts apart. */
const vectorOf = (text: string) => [text.length, text.charCodeAt(0), 0.5];

const base64Of = (vector: readonly number[]) =>
  Buffer.from(new Uint8Array(Float32Array.from(vector).buffer)).toString('base64');

interface Ask {
  readonly input: readonly string[];
  readonly encoding_format?: string;
}

/** Answers as the API does, but in the order of `order`, which may leave some out. */
function api(order: (indexes: number[]) => number[] = (indexes) => indexes): Script {
  return (response, asked: Asked) => {
    if (asked.method === 'GET') return json({ data: [] })(response, asked);
    // What the origin wrote.
    const { input, encoding_format } = JSON.parse(asked.body) as Ask;
    const data = order([...input.keys()]).map((index) => {
      const vector = vectorOf(input[index] ?? '');
      return {
        object: 'embedding',
        index,
        embedding: encoding_format === 'base64' ? base64Of(vector) : vector,
      };
    });
    return json({ object: 'list', data, usage: { total_tokens: 7 } })(response, asked);
  };
}

const API_SYSTEM: SystemKind<HttpSystem> = {
  abilities: ['throttling'],
  start: async () => {
    const server = await startScriptedServer();
    const none = () => Promise.reject(new Error('a model has a vector for every text, and no versions'));
    return {
      url: server.url,
      calls: () => server.asked.length,
      has: async (items) => server.answer(api(items.length > 1 ? (indexes) => indexes.reverse() : undefined)),
      bodyOf: (id) => Buffer.from(base64Of(vectorOf(id)), 'base64'),
      known: () => ({}),
      does: async (mishap) => server.answer(MISHAPS[mishap]),
      gives: none,
      isAt: none,
      arrival: () => server.arrival(),
      close: () => server.close(),
    };
  },
};

describeOrigin('embeddings', API_SYSTEM, ({ url }, clock) => {
  const options = embeddingsOriginOptions.parse({ kind: 'embeddings', url });
  const request = embeddingsRequestOptions.parse({ model: 'small', input: '{id}' });
  return {
    origin: new EmbeddingsOrigin({ name: 'vectors', options, clock }),
    source: sourceOf(request, { format: 'float32' }),
    timeout: options.timeout,
  };
});

async function setup(request: object = {}, format: BodyFormat = 'float32') {
  const server = await startScriptedServer();
  const headers = { authorization: 'Bearer t' };
  const options = embeddingsOriginOptions.parse({ kind: 'embeddings', url: `${server.url}/v1/`, headers });
  const origin = new EmbeddingsOrigin({ name: 'vectors', options, clock: systemClock });
  onTestFinished(() => origin.close());
  const source = sourceOf(embeddingsRequestOptions.parse({ model: 'small', ...request }), { format });
  const fetch = (texts: readonly string[]) => origin.fetchMany(source, texts.map(requestOf), SIGNAL);
  return { server, fetch };
}

function requestOf(text: string): OriginRequest {
  return { key: `v:${text}`, params: { text }, known: undefined };
}

describe('an embeddings origin', () => {
  it('asks for many texts in one call, each once, with its model and credentials', async () => {
    const { server, fetch } = await setup({ dimensions: 3 });
    server.answer(api());
    await fetch(['one', 'two', 'one']);
    expect(server.asked).toHaveLength(1);
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', url: '/v1/embeddings' });
    expect(asked?.headers).toMatchObject({ authorization: 'Bearer t', 'content-type': 'application/json' });
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      model: 'small',
      input: ['one', 'two'],
      encoding_format: 'base64',
      dimensions: 3,
    });
  });

  it.each(['base64', 'float'])('gives the same bytes, sent as %s', async (encoding) => {
    const { server, fetch } = await setup({ encoding });
    server.answer(api());
    const [fetched] = await fetch(['one']);
    const body = Buffer.from(base64Of(vectorOf('one')), 'base64');
    expect(fetched).toMatchObject({ kind: 'body', body });
  });

  it('gives a list where the source is JSON', async () => {
    const { server, fetch } = await setup({}, 'json');
    server.answer(api());
    expect(await fetch(['one'])).toEqual([{ kind: 'body', body: Buffer.from('[3,111,0.5]'), numbers: 3 }]);
  });

  it('gives each text its vector by index, and each of two requests for one text', async () => {
    const { server, fetch } = await setup({}, 'json');
    server.answer(api((indexes) => indexes.reverse()));
    const fetched = await fetch(['a', 'bb', 'a', 'ccc']);
    const bodies = fetched.map((one) => (one.kind === 'body' ? Buffer.from(one.body).toString() : one.kind));
    expect(bodies).toEqual(['[1,97,0.5]', '[2,98,0.5]', '[1,97,0.5]', '[3,99,0.5]']);
  });

  it('takes a vector that is missing for something to ask again, for that text alone', async () => {
    const { server, fetch } = await setup();
    server.answer(api(() => [1]));
    const fetched = await fetch(['a', 'b']);
    expect(fetched).toMatchObject([{ kind: 'error', error: { class: 'retryable' } }, { kind: 'body' }]);
  });

  it.each([
    [[1, 2], 'has 2 numbers, and 3 are asked'],
    [base64Of([1, 2, 3, 4]), 'has 4 numbers'],
    ['AAAAAA==', 'has 1 numbers'],
    ['AAAA', 'has 0.75 numbers'],
    [[1, null, 3], 'item 1 is null'],
    [{ no: 'vector' }, 'not a list of numbers'],
  ])('refuses the vector %j of one text, and takes those of the others', async (bad, says) => {
    const { server, fetch } = await setup({ dimensions: 3 });
    server.answer(
      json({
        data: [
          { index: 0, embedding: bad },
          { index: 1, embedding: [1, 2, 3] },
        ],
      }),
    );
    const [first, second] = await fetch(['a', 'b']);
    expect(first).toMatchObject({
      kind: 'error',
      error: { class: 'permanent', message: expect.stringContaining(says) },
    });
    expect(second).toMatchObject({ kind: 'body' });
  });

  const float = (numbers: readonly number[]) => base64Of(numbers);

  it.each([
    [float([1, Number.NaN, 3]), 'number 1 of its vector is NaN'],
    [float([1, 2, Number.NEGATIVE_INFINITY]), 'number 2 of its vector is -Infinity'],
    [[0, 0, -0], 'all 3 numbers of its vector are zero'],
    [float([0, 0, 0]), 'are zero'],
    ['not base64!', 'neither a list of numbers nor base64'],
    [[1, 2, '3'], 'item 2 is 3'],
    [[1, 2, 1e300], 'item 2'],
    ['', 'has 0 numbers'],
  ])('stores no nonsense for a vector: %j', async (bad, says) => {
    for (const format of ['float32', 'json'] as const) {
      const { server, fetch } = await setup({ dimensions: 3 }, format);
      const good = { index: 1, embedding: [1, 2, 3] };
      server.answer(json({ data: [{ index: 0, embedding: bad }, good] }));
      expect(await fetch(['a', 'b'])).toMatchObject([
        { kind: 'error', error: { class: 'permanent', message: expect.stringContaining(says) } },
        { kind: 'body' },
      ]);
    }
  });

  it.each([
    [{ data: [{ embedding: [1, 2] }, { embedding: [3, 4] }] }],
    [
      {
        data: [
          { index: 1, embedding: [3, 4] },
          { index: 0, embedding: [1, 2] },
        ],
      },
    ],
    [
      {
        data: [
          { index: '0', embedding: float([1, 2]) },
          { index: '1', embedding: [3, 4] },
        ],
      },
    ],
    [
      {
        embeddings: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [{ error: null, data: [{ embedding: [1, 2] }, { embedding: [3, 4] }] }],
  ])('reads the dialect %j', async (answer) => {
    const { server, fetch } = await setup({}, 'json');
    server.answer(json(answer));
    const bodies = (await fetch(['a', 'b'])).map((one) =>
      one.kind === 'body' ? Buffer.from(one.body).toString() : one,
    );
    expect(bodies).toEqual(['[1,2]', '[3,4]']);
  });

  it.each<[number, object]>([
    [400, { error: { message: 'unknown encoding_format: base64' } }],
    [400, { error: { message: 'Unrecognized request argument supplied: encoding_format' } }],
    [
      422,
      {
        detail: [
          {
            ...{ type: 'literal_error', loc: ['body', 'encoding_format'], input: 'base64' },
            msg: "Input should be 'float'",
          },
        ],
      },
    ],
  ])(
    'asks a server that refuses base64 for numbers from then on, by a call of its own: %i %j',
    async (status, refusal) => {
      const { server, fetch } = await setup({}, 'json');
      server.answer((response, asked) =>
        asked.body.includes('encoding_format')
          ? json(refusal, {}, status)(response, asked)
          : api()(response, asked),
      );
      expect(await failureOf(fetch(['one']))).toMatchObject({ class: 'retryable' });
      expect(server.asked).toHaveLength(1);
      expect(await fetch(['one'])).toMatchObject([{ kind: 'body' }]);
      expect(await fetch(['two'])).toMatchObject([{ kind: 'body' }]);
      expect(server.asked).toHaveLength(3);
    },
  );

  it.each([
    [{ message: 'Rate limit reached', code: 429 }, 'throttled'],
    [{ message: 'slow', code: 'rate_limit_exceeded' }, 'throttled'],
    [{ message: 'upstream is down', code: 502 }, 'retryable'],
    [{ message: 'input 3 is too long' }, 'permanent'],
    ['the model is gone', 'permanent'],
  ])('takes the error %j, told with 200, for %s, and says why', async (error, kind) => {
    const { server, fetch } = await setup();
    server.answer(json({ error }));
    const failure = await failureOf(fetch(['a']));
    expect(failure.class).toBe(kind);
    expect(failure.message).toContain(typeof error === 'string' ? error : error.message);
  });

  it("says the server's reason, and that a call which it refuses may be split", async () => {
    const { server, fetch } = await setup();
    server.answer(
      json({ error: { message: "This model's maximum context length is 8192 tokens" } }, {}, 400),
    );
    expect(await failureOf(fetch(['a', 'b']))).toMatchObject({
      refusesBatch: true,
      message: "POST /v1/embeddings answered 400: This model's maximum context length is 8192 tokens",
    });
  });

  it('puts what the configuration says into the query', async () => {
    const server = await startScriptedServer();
    server.answer(api());
    const query = { 'api-version': '2024-10-21' };
    const options = embeddingsOriginOptions.parse({ kind: 'embeddings', url: server.url, query });
    const origin = new EmbeddingsOrigin({ name: 'vectors', options, clock: systemClock });
    onTestFinished(() => origin.close());
    await origin.fetchMany(
      sourceOf(embeddingsRequestOptions.parse({ model: 'm' })),
      [requestOf('a')],
      SIGNAL,
    );
    expect(server.asked[0]?.url).toBe('/embeddings?api-version=2024-10-21');
    expect(server.asked[0]?.headers['user-agent']).toMatch(/^forewarm\/\d/);
  });

  it('sends no text that is too long for the model, and fails it by itself', async () => {
    const { server, fetch } = await setup({ maxCharacters: 5 });
    server.answer(api());
    const fetched = await fetch(['short', 'longer']);
    expect(fetched).toMatchObject([{ kind: 'body' }, { kind: 'error', error: { class: 'permanent' } }]);
    expect(server.asked[0]?.body).not.toContain('longer');
    await fetch(['longer']);
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    ['not JSON', 'what is not JSON'],
    ['{"data":{}}', 'without a list'],
    ['{"data":[{"embedding":[1]},{"embedding":[2]}]}', '2 items without an index, to 1 text'],
    ['{"data":[{"index":0,"embedding":[1]},{"embedding":[2]}]}', 'index is nothing'],
    ['{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]}', 'index is 0 a second time'],
    ['{"data":[{"index":2,"embedding":[1]}]}', 'index is 2, to 1 text'],
  ])('takes an answer %s for permanent', async (body, says) => {
    const { server, fetch } = await setup();
    server.answer((response) => response.end(body));
    const error = await failureOf(fetch(['a']));
    expect(error).toMatchObject({ class: 'permanent', message: expect.stringContaining(says) });
  });

  it('takes numbers with more digits than a double holds', async () => {
    const { server, fetch } = await setup();
    server.answer((response) =>
      response.end('{"data":[{"index":0,"embedding":[0.12345678901234567890,1]}]}'),
    );
    expect(await fetch(['a'])).toMatchObject([
      { kind: 'body', body: bodyOf('float32', [0.12345678901234568, 1]) },
    ]);
  });

  it('refuses a vector that no model gives, and one of its texts alone', async () => {
    const { server, fetch } = await setup();
    const long = [JSON.stringify(Array.from({ length: 400_001 }, () => 1)), `"${'A'.repeat(2_200_000)}"`];
    for (const one of long) {
      server.answer((response) =>
        response.end(`{"data":[{"index":0,"embedding":${one}},{"index":1,"embedding":[1]}]}`),
      );
      const [first, second] = await fetch(['a', 'b']);
      const message = 'its vector has more than 400,000 numbers';
      expect([first, second?.kind]).toMatchObject([{ kind: 'error', error: { message } }, 'body']);
    }
  });

  it.each([404, 410, 304, 301])('takes %s for a URL that is not right', async (code) => {
    const { server, fetch } = await setup();
    server.answer(status(code));
    expect(await failureOf(fetch(['a']))).toMatchObject({ class: 'permanent' });
  });

  it('says neither text nor credentials when it fails', async () => {
    const { server, fetch } = await setup();
    server.answer(status(401));
    const { message } = await failureOf(fetch(['a private text']));
    expect(message).toBe('POST /v1/embeddings answered 401');
  });

  it('refuses more texts than a call may have', async () => {
    const { fetch } = await setup({ keysPerCall: 1 });
    expect(await failureOf(fetch(['a', 'b']))).toMatchObject({ class: 'permanent' });
  });
});

describe('the request of an embeddings source', () => {
  it('must make its text of params that the key has', () => {
    const { request } = embeddingsRequest;
    const good = request.parse({ model: 'small', input: '{title}: {text}' });
    expect(good.problem(['title', 'text'])).toBeUndefined();
    expect(good.problem(['text'])).toBe('uses {title}; the key has only {text}');
    expect(good.keysPerCall).toBe(100);
  });

  it('has one text for each key', () => {
    const { error } = embeddingsRequestOptions.safeParse({ model: 'small', input: '{text...}' });
    expect(error?.issues[0]).toMatchObject({
      path: ['input'],
      message: expect.stringContaining('write {text}'),
    });
  });
});
