/** A body inside a JSON document: as JSON where it is, as text where it is, in base64 otherwise. */
export interface BodyInJson {
  readonly encoding: (typeof BODY_ENCODINGS)[number];
  /** A JSON text. Where the body is JSON, its own characters: parsing and writing it again would round long numbers. */
  readonly json: string;
}

export const BODY_ENCODINGS = ['json', 'text', 'base64', 'none'] as const;

export function bodyInJson(body: Uint8Array): BodyInJson {
  if (body.length === 0) return { encoding: 'none', json: 'null' };
  const text = textOf(body);
  if (text === undefined) {
    return { encoding: 'base64', json: JSON.stringify(Buffer.from(body).toString('base64')) };
  }
  return isJson(text) ? { encoding: 'json', json: text } : { encoding: 'text', json: JSON.stringify(text) };
}

/** Undefined when it is not UTF-8. A byte order mark is kept as a character, and so is not JSON. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
