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
/** Whether nobody who sends this header has a secret in it. */
export function isHarmlessHeader(name: string): boolean {
  return HARMLESS.has(name.toLowerCase());
}

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

/** What a configuration tells an origin that nobody may see: what its calls carry, and the passwords of its addresses. */
export function secretsOfOrigin(options: object): string[] {
  const { headers, query, url, proxy } = options as Readonly<Record<string, unknown>>;
  const sent = isRecord(headers) ? Object.entries(headers).flat() : [];
  const words = secretsOf(sent.map(lowerName).map(String), isRecord(query) ? texts(query) : {}, []);
  return [...words, ...[url, proxy].flatMap(passwordsIn)];
}

/** The same of what a source adds to its calls. Its paths and queries of SQL are none. */
export function secretsOfRequest(request: unknown): string[] {
  if (!isRecord(request)) return [];
  const { headers, query, batch, versionProbe } = request;
  const parts = [query, ...(isRecord(batch) ? [batch.query, batch.body] : [])];
  const probe = isRecord(versionProbe) ? versionProbe.query : undefined;
  return [
    ...secretsOfOrigin({ headers }),
    ...secretsIn(Object.fromEntries([...parts, probe].filter(isRecord).entries())),
  ];
}

/** Names stand before their values. */
function lowerName(text: unknown, i: number): unknown {
  return i % 2 === 0 ? String(text).toLowerCase() : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function texts(record: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)]));
}

function passwordsIn(address: unknown): string[] {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  return [url?.password ?? '', ...(url?.searchParams.getAll('password') ?? [])].filter(Boolean);
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
