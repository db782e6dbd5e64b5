import { counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Breath } from '../../flow/breath.ts';

/** Keys that are read together: what these hold at most is in memory beyond what the answer may hold. */
const SLICE = 64;

export interface BatchAnswerDeps<V> {
  readonly read: (keys: readonly string[]) => Promise<readonly V[]>;
  /** A member of the answer, as JSON. */
  readonly write: (key: string, value: V) => Promise<Buffer>;
  /** The longest answer, in bytes. */
  readonly limit: number;
  readonly breath: Breath;
}

/**
 * The members of an answer about many keys, each key once. Throws `E_TOO_LARGE` as soon as it is known that they do not fit, and
 * lets others have their turn between them.
 */
export async function batchAnswer<V>(
  keys: readonly string[],
  { read, write, limit, breath }: BatchAnswerDeps<V>,
): Promise<Buffer[]> {
  const once = [...new Set(keys)];
  const members: Buffer[] = [];
  let bytes = 0;
  for (let from = 0; from < once.length; from += SLICE) {
    const slice = once.slice(from, from + SLICE);
    const values = await read(slice);
    for (const [i, value] of values.entries()) {
      if (breath.isDue) await breath.take();
      const member = await write(slice[i] ?? '', value);
      members.push(member);
      bytes += member.length;
      if (bytes > limit) throw tooLarge(members.length, once.length, limit);
    }
  }
  return members;
}

function tooLarge(fitting: number, keys: number, limit: number): ForewarmError {
  return new ForewarmError(
    'E_TOO_LARGE',
    `the answer would be larger than ${limit} bytes (\`api.answerLimit\`): ${fitting} of ${counted(keys, 'key')} fit; ` +
      'ask for fewer at a time, or for each by itself',
  );
}
