import { expect, test } from 'vitest';
import { explainError } from '../../src/cli/explain-error.ts';
import type { Io } from '../../src/cli/terminal/io.ts';
import { ForewarmError } from '../../src/core/errors.ts';

const CANARY = 'c4n4ry';
const URLS = [`redis://u:${CANARY}@h`, `postgres://h/d?password=${CANARY}`, `HTTPS://h/a?sig=${CANARY}`];

/** What a person, or a program, sees of an error. */
function shown(thrown: unknown, json: boolean): string {
  let text = '';
  const write = (piece: string) => {
    text += piece;
    return true;
  };
  const io = { stderr: { write }, isTTY: false, env: {} } as unknown as Io;
  explainError(io, thrown, { json, debug: true });
  return text;
}

test.each(URLS.flatMap((url) => [true, false].map((json) => [url, json] as const)))(
  'an error of somebody else shows no secret, nor does its stack or what belongs to it: %s, as JSON %s',
  (url, json) => {
    const cause = new TypeError(`Invalid URL: ${url} is none`);
    const error = new ForewarmError('E_TIER_UNAVAILABLE', `no answer of ${url}`, { cause, details: { url } });
    for (const thrown of [cause, error]) {
      const text = shown(thrown, json);
      expect(text).not.toContain(CANARY);
      expect(text).toContain('explain-error.test.ts');
      if (json) expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String) } });
    }
  },
);

test.each([
  [{ run: 'r1' }, '`forewarm runs`'],
  [{ schedule: 'nightly' }, '`forewarm schedules`'],
  [{ process: 'zzz' }, '`forewarm processes`'],
  [{ run: 'r1', firstOf: 'nightly' }, '`forewarm runs diff RUN OTHER`'],
])('the advice about what does not exist lists what is of its kind: %j', (details, command) => {
  const text = shown(new ForewarmError('E_NOT_FOUND', 'there is none', { details }), false);
  expect(text).toContain(command);
  expect(text.match(/`forewarm [^`]*`/g)).toEqual([command]);
});
