/** Ids that are one thing and are written in different ways: what an answer has under another spelling is not absent. */
import type { Breath } from '../flow/breath.ts';

/** How an answer with these ids writes one that it does not have as it is; undefined where it does not have it at all. */
export async function spellingsIn(
  ids: Iterable<string>,
  breath: Breath,
): Promise<(id: string) => string | undefined> {
  const byPlain = new Map<string, string>();
  let count = 0;
  for (const id of ids) {
    count += 1;
    if (breath.isDueAt(count)) await breath.take();
    byPlain.set(plain(id), id);
  }
  return (id) => byPlain.get(plain(id));
}

/** What to say of such an id. `where`: of what it was found in, such as "the batch answer". */
export function misspelt(where: string, id: string, spelling: string): string {
  return `${where} has "${spelling}" in place of "${id}"; write ids as the origin does`;
}

/** What is the same thing, however it is written: `abc` and ` ABC`, `007` and 7, an accent of its own and one that is part of its letter. */
function plain(id: string): string {
  const text = id.normalize('NFKC').trim().toLowerCase();
  return /^\d+$/.test(text) ? text.replace(/^0+/, '') : text;
}
