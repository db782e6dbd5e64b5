/** Which form of a value a client asks for: its bytes, or a JSON document with its head. */
import { namedQualityOf, qualityOf } from '../core/accept.ts';

/** The JSON document. It has a name of its own, since the bytes of most values are `application/json` themselves. */
export const ENTRY_TYPE = 'application/vnd.forewarm.entry+json';

/** Whether an Accept field asks for the document: it names it, and wants the bytes no more than it. A wildcard asks for the bytes. */
export function wantsDocument(accept: string | undefined, bytesType: string): boolean {
  const document = namedQualityOf(accept, ENTRY_TYPE);
  return document > 0 && document >= qualityOf(accept, bytesType);
}
