/** The `Link` header (RFC 8288): targets with what they are to the answer. Read in one pass, whatever stands in it. */

/** The target of the first link to the next page; undefined without one. A link that is about another resource (`anchor`) is none. */
export function nextLink(header: string): string | undefined {
  for (const { target, params } of linksIn(header)) {
    // Of several, the first `rel` counts (3.3).
    const rel = params.find(([name]) => name === 'rel')?.[1] ?? '';
    const isOwn = params.every(([name]) => name !== 'anchor');
    if (isOwn && rel.toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}

interface WebLink {
  readonly target: string;
  readonly params: readonly (readonly [name: string, value: string])[];
}

/** A target, or what stands behind it: a name, perhaps with a value, which may be quoted. */
const TARGET = /[\s,]*<([^<>]*)>/y;
const PARAM = /\s*;\s*(?:([^\s=;,"<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?/y;

/** Ends at the first thing that is no link. */
function linksIn(header: string): WebLink[] {
  const links: WebLink[] = [];
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (let found = read(TARGET); found !== null; found = read(TARGET)) {
    const params: [string, string][] = [];
    for (let param = read(PARAM); param !== null; param = read(PARAM)) {
      const [, name, quoted, bare = ''] = param;
      if (name !== undefined) params.push([name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare]);
    }
    links.push({ target: (found[1] ?? '').trim(), params });
  }
  return links;
}
