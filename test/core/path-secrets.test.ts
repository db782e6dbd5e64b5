import { describe, expect, test } from 'vitest';
import { isTellingName, pathSecretsIn } from '../../src/core/path-secrets.ts';

describe('the secrets in a path', () => {
  test.each([
    ['https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX', ['T00000000', 'B00000000', 'XXXXXXXX']],
    ['/services/T01ABCDEF/B01ABCDEF/abcdEFGH', ['T01ABCDEF', 'B01ABCDEF', 'abcdEFGH']],
    ['https://discord.com/api/webhooks/123456/abc-def', ['123456', 'abc-def']],
    ['https://o.webhook.office.com/webhookb2/a@b/Incoming', ['a@b', 'Incoming']],
    [
      'https://api.telegram.org/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/getMe',
      ['bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11'],
    ],
    ['/v1/3f2504e0-4f89-41d3-9a0c-0305e82c3301/quote/{id}', ['3f2504e0-4f89-41d3-9a0c-0305e82c3301']],
    ['/v1/AIzaSyD4nOtAR3alK3y0fAnyb0dyAtAll/{id}', ['AIzaSyD4nOtAR3alK3y0fAnyb0dyAtAll']],
    ['/v1/id-{id}-0123456789abcdef0123/x', ['-0123456789abcdef0123']],
  ])('that look like one are found: %s', (text, secrets) => {
    expect(pathSecretsIn(text)).toEqual(secrets);
  });

  test.each([
    'https://api.example.org/v1/metropolitan-statistical-areas/{id}',
    '/getMetropolitanStatisticalAreas2020/{id}',
    '/datasets/american-community-survey-5-year-estimates-2023/{id}',
    '/acs/acs5/profile/2023/{market}?get=NAME&ids=0123456789abcdef0123456789abcdef',
    'https://0123456789abcdef0123456789abcdef.example.org/v1',
    '/services/{id}/b/c',
    'America',
    '',
  ])('are not seen in names of things: %s', (text) => {
    expect(pathSecretsIn(text)).toEqual([]);
  });

  test('that are known are found as they are, encoded, and not in the name of the host', () => {
    const known = ['s3cr3t', 'a/b c', 'h.example'];
    expect(pathSecretsIn('http://h.example/v1/s3cr3t/x', known)).toEqual(['s3cr3t']);
    expect(pathSecretsIn('http://h.example/v1/a%2Fb%20c/x%zz', known)).toEqual([]);
    expect(pathSecretsIn('http://h.example/v1/a%2Fb%20c/x', known)).toEqual(['a/b c']);
    expect(pathSecretsIn('http://h/hooks/abc/', ['http://h/hooks/abc/'])).toEqual(['hooks/abc']);
  });
});

describe('the name of a variable', () => {
  test.each([
    'TOKEN',
    'API_KEY',
    'APIKEY',
    'QUOTES_KEY_2',
    'SLACK_WEBHOOK_URL',
    'PGPASSWORD',
    'MY_CREDS',
    'HTTP_AUTH',
  ])('%s tells of a secret', (name) => expect(isTellingName(name)).toBe(true));

  test.each(['REGION', 'MARKETS_URL', 'MONKEY_URL', 'AUTHOR', 'DESIGN', 'API_VERSION', 'KEYSPACE'])(
    '%s tells of none',
    (name) => expect(isTellingName(name)).toBe(false),
  );
});
