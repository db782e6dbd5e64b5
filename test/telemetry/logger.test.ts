import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hideSecrets } from '../../src/core/secrets.ts';
import { createLogger, type LogOptions } from '../../src/telemetry/logger.ts';

function capture(options: Partial<LogOptions> = {}, isTTY = false) {
  const lines: string[] = [];
  const logger = createLogger({
    about: { version: '1.2.3', role: 'worker' },
    options: { level: 'info', format: 'auto', ...options },
    to: { write: (text) => lines.push(text) },
    isTTY,
    colour: false,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  return { logger, lines };
}

describe('the logger', () => {
  test('writes JSON with a named level and the time it was given', () => {
    const { logger, lines } = capture();
    logger.info({ run: 'r1' }, 'hello');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      time: '2026-01-02T03:04:05.000Z',
      run: 'r1',
      msg: 'hello',
      version: '1.2.3',
      role: 'worker',
    });
  });

  test('names the key that a line of text is about, once', () => {
    const { logger, lines } = capture({ format: 'text' });
    logger.warn({ key: 'profile:1' }, 'tier redis: a stored entry is corrupt: no');
    logger.warn({ key: 'profile:1' }, 'profile:1 failed');
    expect(lines.map((line) => line.slice(15).trimEnd())).toEqual([
      'tier redis: a stored entry is corrupt: no (key profile:1)',
      'profile:1 failed',
    ]);
  });

  test('writes short text for people at a terminal, without fields and stacks', () => {
    const { logger, lines } = capture({}, true);
    logger.warn({ run: 'r1', err: new Error('boom') }, 'hello');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}hello\n$/);
  });

  test('shows fields and stacks at debug', () => {
    const { logger, lines } = capture({ level: 'debug', format: 'text' });
    logger.debug({ run: 'r1', err: new Error('boom') }, 'hello');
    expect(lines[0]).toContain('hello run=r1');
    expect(lines[0]).toContain('at ');
  });

  test('keeps a message on one line and free of terminal codes', () => {
    const { logger, lines } = capture({ format: 'text' });
    logger.info('evil \u001b[2J\nforged line');
    expect(lines[0]).toMatch(/ evil {1,2}\[2J forged line\n$/);
  });

  test.each(['json', 'text'] as const)('hides secrets in %s', (format) => {
    const { logger, lines } = capture({ format, level: 'debug' });
    logger.debug(
      { token: 'hunter2', nested: { password: 'hunter2' }, err: new Error('redis://me:hunter2@host:1') },
      'GET https://x/y?a=1&api_key=hunter2 Authorization: Bearer hunter2hunter2',
    );
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('GET https://x/y?[redacted] Authorization: Bearer [redacted]');
  });

  test('hiding secrets leaves valid JSON with the same members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.webUrl(), (record, url) => {
        const line = JSON.stringify({ ...record, url, db: 'redis://u:p@h' });
        const hidden = JSON.parse(hideSecrets(line));
        expect(Object.keys(hidden).length).toBeGreaterThan(0);
        expect(hidden.db).toBe('redis://[redacted]@h');
      }),
    );
  });
});
