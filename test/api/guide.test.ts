import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';

const guide = readFileSync('docs/api.md', 'utf8');
const examples = [...guide.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block = '']) => block.replaceAll('\\\n', '').split('\n'))
  .filter((line) => line !== '');
const problems = examples.filter((line) => line.includes('page=2'));
const fine = examples.filter((line) => !problems.includes(line));

/** What the examples send from files. */
const FILES: Readonly<Record<string, string>> = {
  '@values.jsonl': '{"key":"profile:denver","stamp":9,"encoding":"text","body":"{}"}',
};

/** What a curl command line asks for, as curl would; not every machine that runs the tests has it. */
function requestOf(line: string, variables: Readonly<Record<string, string>>): Request {
  const replaced = line.replace(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? '');
  const words = [...replaced.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    ([, a, b, c]) => a ?? b ?? c ?? '',
  );
  if (words.shift() !== 'curl') throw new Error(`not a curl command: ${line}`);
  const headers = new Headers();
  let [url, method, body]: (string | undefined)[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-H') headers.append(...splitHeader(words.shift() ?? ''));
    else if (word === '-X') method = words.shift();
    else if (word === '-d') body = words.shift();
    else if (word === '--data-binary') body = FILES[words.shift() ?? ''];
    else if (word === '-o') words.shift();
    else if (/^-[siN]+$/.test(word)) continue;
    else if (url === undefined && !word.startsWith('-')) url = word;
    else throw new Error(`"${word}" is not understood in: ${line}`);
  }
  return new Request(url ?? '', {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

function splitHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1).trim()];
}

/** The answer to a command of the guide; the run it follows is worked on meanwhile. */
async function runExample(line: string): Promise<Response> {
  const { verbs, url } = await startApi();
  for (const key of ['profile:denver', 'profile:New%20York']) verbs.put(key, JSON.stringify({ key }));
  const request = { selector: '', id: 'run-1', force: false, missing: false };
  if (line.includes('/run-1')) await verbs.warm(request, 'cli');
  if (line.includes('/events')) verbs.work('run-1', 2);
  return fetch(requestOf(line, { API: url, TOKEN: 'unused' }));
}

/** Of an answer that goes on until the client leaves. */
async function beginningOf({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return Buffer.from(first?.value ?? []).toString();
}

test('the guide has examples, of what works and of what does not', () => {
  expect(fine.length).toBeGreaterThan(15);
  expect(problems).toHaveLength(1);
});

test.each(fine)('the example works: %s', async (line) => {
  const answer = await runExample(line);
  const isEndless = line.includes('/v1/changes');
  expect({ ok: answer.ok, body: await (isEndless ? beginningOf(answer) : answer.text()) }).toMatchObject({
    ok: true,
    body: expect.stringMatching(/./),
  });
});

test.each(problems)('the example gives the problem that the guide shows: %s', async (line) => {
  const [, shown = ''] = /```json\n(.*?)```/s.exec(guide) ?? [];
  expect(await (await runExample(line)).json()).toEqual(JSON.parse(shown));
});
