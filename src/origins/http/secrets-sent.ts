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
/** What a source's own query and body hold is a secret by its name, or where it is as long as one. */
const TELLING = /key|token|secret|passw|pwd|auth|sig|credential/i;
const LONG = 20;

/**
 * What a call carries that nobody may see, and that a server may repeat in what it answers: credentials, whole, without their scheme,
 * and taken apart. `headers` are names and values in turn, `query` is what the origin puts into every call, and `own` what the source does.
 */
export function secretsOf(
  headers: readonly string[],
  query: Readonly<Record<string, string>>,
  own: readonly string[],
): string[] {
  const sent = headers.filter((_, i) => i % 2 === 1 && !HARMLESS.has(headers[i - 1] ?? ''));
  return [...new Set([...sent.flatMap(secretPartsOf), ...Object.values(query), ...own])];
}

/** The secrets among what a source itself puts into the query or the body of its calls; what is made of params is none. */
export function secretsIn(members: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(members).flatMap(([name, member]) => {
    if (typeof member === 'object' && member !== null) return secretsIn({ ...member });
    if (typeof member !== 'string' || member.includes('{')) return [];
    return TELLING.test(name) || member.length >= LONG ? [member] : [];
  });
}

/** Of a header: `Bearer TOKEN`, `Basic` with user and password, `name=value; name="value"` as cookies and digests have it. */
export function secretPartsOf(value: string): string[] {
  const bare = /^[\w-]+ +(\S.*)$/.exec(value)?.[1];
  const named = [...value.matchAll(/(?<![\w.-])[\w.-]+ ?= ?(?:"([^"]*)"|([^\s;,"]+))/g)].map(
    ([, a, b]) => a ?? b ?? '',
  );
  const isBasic = /^basic /i.test(value);
  return [value, ...(bare === undefined ? [] : [bare]), ...(isBasic ? credentialsIn(bare ?? '') : named)];
}

function credentialsIn(base64: string): string[] {
  const bytes = Buffer.from(base64, 'base64');
  return (['utf8', 'latin1'] as const).flatMap((encoding) => {
    const both = bytes.toString(encoding);
    return [both, both.slice(both.indexOf(':') + 1)];
  });
}
