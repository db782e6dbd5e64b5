import type { Change } from './change-shapes.ts';
import type { Look } from './looks.ts';

/** How each thing was when it was last looked at. */
export class KnownChanges {
  readonly #seen = new Map<string, Map<string, { readonly text: string; readonly change: Change }>>();

  /** What is otherwise than before. Where a look sees all of its kind, what it does not see is forgotten, and told where that is news. */
  news({ name, sees, tellsOfLeaving }: Look, found: readonly Change[]): Change[] {
    const before = this.#seen.get(name) ?? new Map();
    const after = new Map(sees === 'all' ? [] : before);
    const news: Change[] = [];
    for (const change of found) {
      const id = `${change.kind} ${change.name}`;
      const text = JSON.stringify(change);
      if (before.get(id)?.text !== text) news.push(change);
      after.set(id, { text, change });
    }
    this.#seen.set(name, after);
    if (!tellsOfLeaving) return news;
    const left = [...before].filter(([id]) => !after.has(id));
    return [...news, ...left.map(([, { change }]) => ({ ...change, gone: true }))];
  }
}
