/** The keys that rows gave so far, each with the tags of its first row: a value has the tags of one row. */
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { quote } from '../core/quote.ts';
import { carriesTagsOf, type Params, type Source, tagsBeyondKey, tagsOf } from '../core/source.ts';

const NO_TAGS: readonly string[] = [];

export class KeyTags {
  readonly #source: Source;
  /** Whether rows with one key can differ in their tags. */
  readonly #mayDiffer: boolean;
  readonly #tags = new Map<string, readonly string[]>();
  /** Keys of rows with tags that the row before them lacks, since this was told last. */
  #untagged: string[] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#mayDiffer = tagsBeyondKey(source);
  }

  /** Whether it is the first row with this key. */
  isFirst(key: string, row: Params): boolean {
    const tags = this.#tags.get(key);
    if (tags === undefined) this.#tags.set(key, this.#mayDiffer ? tagsOf(this.#source, row) : NO_TAGS);
    else if (this.#mayDiffer && !carriesTagsOf(this.#source, row, tags)) this.#untagged.push(key);
    return tags === undefined;
  }

  /** Says which rows have tags that no value gets. */
  tell(events: Events, entities: string): void {
    const [first, ...others] = this.#untagged;
    if (first === undefined) return;
    this.#untagged = [];
    const more = others.length === 0 ? '' : `; and ${others.length} more`;
    const message = `a row gives key ${quote(first)} tags that a row before it lacks, and they are left out: a key has one row${more}`;
    events.emit('problem', {
      where: `entity set "${entities}", source "${this.#source.name}"`,
      error: new ForewarmError('E_ENTITIES_INVALID', message),
    });
  }
}
