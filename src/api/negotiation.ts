/** Which form of a value a client asks for: its bytes, or a JSON document with its head (RFC 9110, 12.5.1). */

/** The JSON document. It has a name of its own, since the bytes of most values are `application/json` themselves. */
export const ENTRY_TYPE = 'application/vnd.forewarm.entry+json';

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** Whether an Accept field allows this type. None, and an empty one, allow all. */
export function accepts(accept: string | undefined, type: string): boolean {
  return accept === undefined || accept.trim() === '' || qualityOf(type, rangesIn(accept)) > 0;
}

/** Whether an Accept field asks for the document: it names it, and wants the bytes no more than it. A wildcard asks for the bytes. */
export function wantsDocument(accept: string | undefined, bytesType: string): boolean {
  if (accept === undefined) return false;
  const ranges = rangesIn(accept);
  const document = ranges.find(({ type }) => type === ENTRY_TYPE)?.quality ?? 0;
  return document > 0 && document >= qualityOf(bytesType, ranges);
}

/** The most specific range decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const [plain = ''] = type.toLowerCase().split(';');
  const [major] = plain.split('/');
  for (const wanted of [plain.trim(), `${major}/*`, '*/*']) {
    const range = ranges.find((each) => each.type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

function rangesIn(accept: string): Range[] {
  return accept.split(',').map((text) => {
    const [type = '', ...params] = text.split(';').map((part) => part.trim().toLowerCase());
    const weight = params.find((param) => param.startsWith('q='))?.slice(2);
    const quality = weight === undefined ? 1 : Number(weight);
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}
