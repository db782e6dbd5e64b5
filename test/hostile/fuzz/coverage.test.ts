import { expect, test } from 'vitest';
import { candidatesIn, fuzzedBy, textsUnder } from './coverage.ts';

/** What looks like a parser and is none, or is fuzzed under another name. */
const NOT_FUZZED: Readonly<Record<string, string>> = {
  'src/api/bull-board/board-server.ts': 'reads what bull-board has just written',
  'src/api/conventions.ts#readLines': 'sets up a server',
  'src/api/json-bodies.ts#readJson': 'sets up a server, which reads by `parseInSlices`',
  'src/api/routes/value-answer.ts': 'by `parseHttpDate`',
  'src/catalog/entities/json.ts': 'by `EntitySets`',
  'src/catalog/entities/text.ts': 'by `EntitySets`',
  'src/catalog/redis-audit-log.ts': 'by `recordFrom`',
  'src/catalog/redis-call-history.ts': 'by `recordFrom`',
  'src/catalog/redis-catalog.ts': 'by `recordFrom`',
  'src/catalog/redis-measured-mark.ts': 'by `recordFrom`',
  'src/catalog/runs/redis-run-calls.ts': 'by `recordFrom`',
  'src/cli/commands/get.ts': 'reads what `bodyInJson` has just written',
  'src/cli/context.ts#readSettings': 'loads a configuration: `readDocument` and what follows',
  'src/cli/terminal/files.ts#readInput': 'opens a file',
  'src/client/found.ts#readerValue': 'takes a value, no text',
  'src/client/read-path.ts#readerClosed': 'makes an error',
  'src/client/values.ts#decodeBody': 'by `valueFrom`',
  'src/core/metrics/metric.ts#split': 'takes names of the code',
  'src/core/metrics/read-counts.ts#readEnd': 'takes a word of the code',
  'src/http/http-listener.ts': 'takes the path of a URL; one that it does not know is 404',
  'src/jobs/job.ts#readPayload': 'by the kinds of jobs',
  'src/core/read-with.ts#readWith': 'by `checked`',
  'src/flow/files.ts#readBounded': 'opens a file',
  'src/flow/files.ts#readBoundedSync': 'opens a file',
  'src/origins/fields.ts': 'by the configuration',
  'src/policy/worth.ts#readsPerRefresh': 'takes numbers',
  'src/redis/tls-files.ts#readTlsFiles': 'opens files',
  'src/settings/document/given-paths.ts':
    'goes by variables that a configuration names: its operator writes both',
  'src/settings/checks/check-entities.ts#readSet': 'by `EntitySets`',
  'src/settings/checks/check-places.ts': 'looks at this machine',
  'src/origins/http/http-origin.ts': 'by `parseHttpDate`',
  'src/origins/http/list.ts': 'by `parseJson`',
  'src/origins/http/secrets-sent.ts': 'by `hideKnown`, of what the configuration holds',
  'src/origins/sql/text.ts#bytesOfText': 'by `answersOf`',
  'src/origins/sql/text.ts#jsonOfText': 'by `answersOf`',
  'src/tiers/disk/disk-check.ts': 'reads what its own process prints',
  'src/tiers/disk/disk-reads.ts#readable': 'takes rows, by `entryOf`',
  'src/tiers/redis/redis-scripts.ts': 'Lua of the server',
  'src/tiers/s3/s3-change.ts#readHead': 'asks a bucket, by `headBytesOf` and `decode`',
  'src/tiers/s3/s3-options.ts': 'by the configuration',
  'src/tiers/stack/read-down.ts#readDown': 'reads tiers',
  'src/verbs/health/readiness.ts#ready': 'asks servers',
  'src/verbs/long-selector.ts#readSelector': 'by `parseSelector`',
  'src/verbs/maintenance/bench-compression.ts': 'reads what it has just compressed',
  'src/warming/read-known.ts#readKnown': 'goes through entity sets, by `EntitySets`',
};

const fuzzed = fuzzedBy(textsUnder('test/hostile/fuzz/parsers'));

test('every parser and decoder of the product is fuzzed, or it is said why not', () => {
  const missing = candidatesIn(textsUnder('src')).filter((one) => !fuzzed.has(one) && !(one in NOT_FUZZED));
  expect(missing).toEqual([]);
});

test('every exception is needed', () => {
  const candidates = new Set(candidatesIn(textsUnder('src')));
  expect(Object.keys(NOT_FUZZED).filter((one) => !candidates.has(one) || fuzzed.has(one))).toEqual([]);
});

test.each([
  ['by its name', 'export async function parseThing(text: string) {}', 'src/a.ts#parseThing'],
  ['by what it calls', 'const x = JSON.parse(text);', 'src/a.ts'],
])('a parser is known %s', (_, text, candidate) => {
  const candidates = candidatesIn([{ path: 'src/a.ts', text }]);
  expect(candidates).toEqual([candidate]);
  expect(candidates.filter((one) => !fuzzed.has(one))).toEqual([candidate]);
});
