import type { HttpCall } from './call.ts';

/** Headers that everybody sends, and that hold nothing of the configuration's. */
const HARMLESS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'user-agent',
]);

/** What a call carries that nobody may see, and that a server may repeat in what it answers: credentials, whole and without their scheme. */
export function secretsOf({ headers }: HttpCall, query: Readonly<Record<string, string>>): string[] {
  const sent = headers.flatMap((value, i) =>
    i % 2 === 1 && !HARMLESS.has(headers[i - 1] ?? '') ? [value] : [],
  );
  const bare = sent.flatMap((value) => /^\S+ (\S.*)$/.exec(value)?.[1] ?? []);
  // The longer first, so that none leaves a part of itself behind.
  return [...sent, ...bare, ...Object.values(query)].sort((a, b) => b.length - a.length);
}
