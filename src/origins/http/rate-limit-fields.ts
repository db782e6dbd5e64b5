/**
 * The fields `RateLimit` and `RateLimit-Policy` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/):
 *
 *     RateLimit-Policy: "burst";q=100;w=60, "day";q=5000;w=86400
 *     RateLimit: "burst";r=0;t=12, "day";r=4200
 *
 * and as drafts before the eighth have it: `RateLimit: limit=100, remaining=0, reset=12`. What is malformed is left out.
 */

/** What is left of one policy, and after how many seconds there is more. */
export interface RateLimitState {
  readonly remaining: number | undefined;
  readonly reset: number | undefined;
  /** What is counted: `requests`, unless the policy says otherwise. */
  readonly unit: string;
}

/** A field that is longer says nothing that is worth reading. */
const LONGEST = 4_096;

export function rateLimitStates(field: string | undefined, policies: string | undefined): RateLimitState[] {
  const members = membersOf(field);
  const old = new Map(members.flatMap(({ name, params }) => (params.size === 0 ? pairOf(name) : [])));
  if (old.has('remaining') || old.has('reset')) {
    return [{ remaining: old.get('remaining'), reset: old.get('reset'), unit: REQUESTS }];
  }
  const known = new Map(membersOf(policies).map((policy) => [policy.name, policy]));
  return members.flatMap(({ name, params }) => {
    const remaining = params.get('r');
    if (remaining === undefined) return [];
    const policy = known.get(name);
    // What is used up without a time is whole again after its window at the latest.
    const reset = params.get('t') ?? (remaining === 0 ? policy?.params.get('w') : undefined);
    return [{ remaining, reset, unit: policy?.unit ?? REQUESTS }];
  });
}

interface Member {
  readonly name: string;
  readonly params: ReadonlyMap<string, number>;
  /** Its parameter `qu`. */
  readonly unit: string | undefined;
}

const REQUESTS = 'requests';

function membersOf(field: string | undefined): Member[] {
  if (field === undefined || field.length > LONGEST) return [];
  return splitOutsideQuotes(field, ',').map((member) => {
    const [name = '', ...params] = splitOutsideQuotes(member, ';');
    const [unit] = params.flatMap((param) => /^qu="([a-z-]{1,40})"$/.exec(param)?.[1] ?? []);
    return { name, params: new Map(params.flatMap(pairOf)), unit };
  });
}

/** `name=12`, and nothing for anything else. */
function pairOf(text: string): [string, number][] {
  const [, name = '', value = ''] = /^([a-z][\w-]*)=(\d{1,15}(?:\.\d{1,3})?)$/i.exec(text) ?? [];
  return name === '' ? [] : [[name.toLowerCase(), Number(value)]];
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) {
      parts.push(text.slice(begin, at).trim());
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin).trim()];
}
