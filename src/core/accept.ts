/** What an Accept field asks for (RFC 9110, 12.5.1). */

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** How much a type is wanted, from 0 (not at all) to 1. Without a field, and with an empty one, every type is wanted alike. */
export function qualityOf(accept: string | undefined, type: string): number {
  if (accept === undefined || accept.trim() === '') return 1;
  return qualityIn(rangesIn(accept), type);
}

/** How much a type is wanted by its own name; 0 where a wildcard alone covers it. */
export function namedQualityOf(accept: string | undefined, type: string): number {
  return rangesIn(accept ?? '').find((each) => each.type === type)?.quality ?? 0;
}

/** The most specific range decides. */
function qualityIn(ranges: readonly Range[], type: string): number {
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
