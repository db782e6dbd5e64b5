/** From a selector to keys: what is expected (entity sets times sources), and what is known (the catalog). */
import type { Catalog } from '../catalog/catalog.ts';
import type { EntitySets } from '../catalog/entities/entities.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { nearestWord } from '../core/nearest.ts';
import type { Selector } from '../core/selector/selector.ts';
import { namesKeysAlone, selectsKey, selectsSource } from '../core/selector/selector-grammar.ts';
import { isFedBy, type Params, paramsBeyondKey, type Source } from '../core/source.ts';
import { type Sources, sourceOfKey, unfitWords } from '../core/sources.ts';
import { Breath } from '../flow/breath.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import { KeyTags } from './key-tags.ts';
import { RowKeys } from './row-keys.ts';
import type { SelectedKeys } from './selected-keys.ts';
import { fittedTags, keysOfTags, type Untold, withTags } from './tag-selection.ts';
import { setsOf, type UnreadSets, unreadSets } from './unread-sets.ts';

export interface SelectionDeps {
  readonly sources: Sources;
  readonly entities: EntitySets;
  readonly catalog: Catalog;
  readonly stack: Stack;
  readonly clock: Clock;
  readonly events: Events;
}

/** `ofAll`: whether it is a page of all keys of the source. */
type CataloguedPage = { readonly keys: readonly string[]; readonly ofAll: boolean };

/** Keys per page of the catalog. */
const PAGE = 1_000;

export class Selection {
  readonly #deps: SelectionDeps;

  constructor(deps: SelectionDeps) {
    this.#deps = deps;
  }

  /** Throws `E_SELECTOR_INVALID` when the selector names a source, an entity set or a key that nothing provides. */
  async check(selector: Selector): Promise<void> {
    await this.checkNames(selector);
    const [tag] = await this.unknownTags(selector);
    if (tag === undefined) return;
    const templates = new Set(
      [...this.#deps.sources.values()].flatMap(({ tags }) => tags.map(({ text }) => text)),
    );
    const known = [...templates].join(', ') || 'nothing: no source has tags';
    throw new ForewarmError('E_SELECTOR_INVALID', `tag "${tag}" is of no source; tags look like ${known}`, {
      details: { tag },
    });
  }

  /** `check` without tags: values may have been set with any. */
  async checkNames({ sources: names, entities: sets, keys }: Selector): Promise<void> {
    const { sources, entities } = this.#deps;
    const sourceNames = [...sources.keys()];
    const entityNames = entities.names();
    for (const name of names) this.#known('source', name, sourceNames);
    for (const name of sets) this.#known('entity set', name, entityNames);
    const breath = this.#breath();
    for (const key of keys) {
      this.sourceOf(key);
      if (breath.isDue) await breath.take();
    }
  }

  /** The selector's tags that no source gives. */
  async unknownTags({ tags }: Selector): Promise<string[]> {
    const { sources } = this.#deps;
    const templates = [...sources.values()].flatMap((source) => source.tags);
    const unknown: string[] = [];
    const breath = this.#breath();
    for (const tag of tags) {
      if (!templates.some((template) => template.fits(tag))) unknown.push(tag);
      if (breath.isDue) await breath.take();
    }
    return unknown;
  }

  /** The source a key belongs to. Throws `E_SELECTOR_INVALID` when it is of none. */
  sourceOf(key: string): Source {
    const source = sourceOfKey(this.#deps.sources, key);
    if (source !== undefined) return source;
    throw new ForewarmError('E_SELECTOR_INVALID', unfitWords(this.#deps.sources, key), {
      details: { key },
    });
  }

  /** The entity sets of a selector that cannot be read now: for those who do without their keys. */
  async unread(selector: Selector, signal: AbortSignal): Promise<UnreadSets> {
    await this.checkNames(selector);
    const { entities, sources } = this.#deps;
    // For a constant key no set is asked.
    const fed = [...sources.values()].filter(
      (source) => source.key.names.length > 0 && selectsSource(selector, source),
    );
    if (fed.length === 0) return new Map();
    const feeds = (columns: readonly string[]) => fed.some((source) => isFedBy(source, columns));
    return unreadSets(entities, setsOf(entities, selector), feeds, signal);
  }

  /** Every expected key once, in pages of one source: what a warm has to make warm. Rejects when a set cannot be read, but for these. */
  async *expected(
    selector: Selector,
    signal: AbortSignal,
    without: UnreadSets = new Map(),
  ): AsyncGenerator<SelectedKeys> {
    await this.check(selector);
    yield* this.#expected(selector, 'exclude', signal, without);
  }

  async *#expected(
    selector: Selector,
    untold: Untold,
    signal: AbortSignal,
    without: UnreadSets = new Map(),
  ): AsyncGenerator<SelectedKeys> {
    const sets = setsOf(this.#deps.entities, selector).filter((name) => !without.has(name));
    for (const source of this.#deps.sources.values()) {
      if (!selectsSource(selector, source)) continue;
      const fitted = await fittedTags(source, selector, this.#breath());
      if (selector.tags.length > 0 && fitted.size === 0) continue;
      const pages = namesKeysAlone(selector)
        ? this.#named(source, selector)
        : this.#rows(source, selector, sets, signal);
      for await (const page of pages) {
        signal.throwIfAborted();
        const carrying = await withTags(this.#deps.catalog, page, selector, untold, fitted);
        const kept = await this.#ofAge(carrying, selector, 'include', signal);
        if (kept.keys.length > 0 || kept.unkeyed > 0) yield kept;
      }
    }
  }

  /**
   * Every key in the catalog once or more, in pages of one source: what there is to list or to invalidate. A key of which
   * nobody knows whether it carries a tag is selected by it. `onLooked` is told how many keys of the catalog were gone through, page by
   * page, where all of a source are.
   */
  async *known(
    selector: Selector,
    signal: AbortSignal,
    onLooked: (keys: number) => void = () => {},
  ): AsyncGenerator<SelectedKeys> {
    await this.checkNames(selector);
    const { catalog } = this.#deps;
    for (const source of this.#deps.sources.values()) {
      if (!selectsSource(selector, source)) continue;
      const fitted = await fittedTags(source, selector, this.#breath());
      if (selector.tags.length > 0 && fitted.size === 0) continue;
      if (selector.entities.length > 0 || selector.keys.length > 0) {
        yield* this.#expectedOf(source, selector, signal);
        continue;
      }
      for await (const { keys: page, ofAll } of this.#catalogued(source, selector)) {
        signal.throwIfAborted();
        const keys = page.filter((key) => selectsKey(selector, key));
        const carrying = await withTags(catalog, pageOf(source, keys), selector, 'include', fitted);
        const kept = await this.#ofAge(carrying, selector, 'exclude', signal);
        if (ofAll) onLooked(page.length);
        if (kept.keys.length > 0) yield kept;
      }
    }
  }

  /** The keys of a source that the catalog has; only those that the selector's tags spell out, where they do. */
  async *#catalogued(source: Source, selector: Selector): AsyncGenerator<CataloguedPage> {
    const { catalog } = this.#deps;
    const spelled = await keysOfTags(source, selector, this.#breath());
    if (spelled !== undefined) {
      for (let from = 0; from < spelled.length; from += PAGE) {
        const some = spelled.slice(from, from + PAGE);
        const records = await catalog.get(source.name, some);
        yield { keys: some.filter((_, i) => records[i] !== undefined), ofAll: false };
      }
      return;
    }
    let cursor: string | undefined;
    do {
      const page = await catalog.scan(source.name, cursor, PAGE);
      yield { keys: page.records.map(({ key }) => key), ofAll: true };
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async *#expectedOf(source: Source, selector: Selector, signal: AbortSignal): AsyncGenerator<SelectedKeys> {
    yield* this.#expected({ ...selector, sources: [source.name], temperatures: [] }, 'include', signal);
  }

  /** The keys of a source that the selector names. */
  async *#named(source: Source, selector: Selector): AsyncGenerator<SelectedKeys> {
    const breath = this.#breath();
    let keys: string[] = [];
    for (const key of new Set(selector.keys)) {
      if (source.key.fits(key) && selectsKey(selector, key)) keys.push(key);
      if (keys.length >= PAGE) {
        yield pageOf(source, keys);
        keys = [];
      }
      if (breath.isDue) await breath.take();
    }
    if (keys.length > 0) yield pageOf(source, keys);
  }

  async *#rows(
    source: Source,
    selector: Selector,
    sets: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<SelectedKeys> {
    const { entities } = this.#deps;
    if (source.key.names.length === 0) {
      const constant = source.key.build({});
      if (selectsKey(selector, constant)) yield pageOf(source, [constant]);
      return;
    }
    const seen = new KeyTags(source);
    const breath = this.#breath();
    for (const name of sets) {
      if (!isFedBy(source, await entities.columns(name, signal))) continue;
      for await (const rows of entities.load(name, signal)) {
        const page = this.#keysOf(source, rows, name, seen, selector);
        if (page.keys.length > 0 || page.unkeyed > 0) yield page;
        // Whoever takes the pages may do nothing that lets others have their turn.
        if (breath.isDue) await breath.take();
      }
    }
  }

  #breath(): Breath {
    return new Breath({ clock: this.#deps.clock });
  }

  #keysOf(
    source: Source,
    rows: readonly Params[],
    entities: string,
    seen: KeyTags,
    selector: Selector,
  ): SelectedKeys {
    const keys: string[] = [];
    const params = new Map<string, Params>();
    let unkeyed = 0;
    // What a row without a key would be named or tagged cannot be known.
    const isWhole = [selector.keys, selector.prefixes, selector.tags].every(({ length }) => length === 0);
    const skipsBadRows = this.#deps.entities.skipsBadRows(entities);
    const rowKeys = new RowKeys({ source, entities, skipsBadRows, events: this.#deps.events });
    for (const row of rows) {
      const key = rowKeys.keyOf(row);
      if (key === undefined && isWhole) unkeyed += 1;
      if (key === undefined || key === null || !selectsKey(selector, key) || !seen.isFirst(key, row))
        continue;
      keys.push(key);
      const beyond = paramsBeyondKey(source, row);
      if (beyond !== undefined) params.set(key, beyond);
    }
    seen.tell(this.#deps.events, entities);
    return { source, keys, params, unkeyed };
  }

  /** Narrows by age, counted from the last time the origin confirmed a value. What is not stored has no age. */
  async #ofAge(
    page: SelectedKeys,
    { olderThan, youngerThan }: Selector,
    unstored: 'include' | 'exclude',
    signal: AbortSignal,
  ): Promise<SelectedKeys> {
    if ((olderThan === undefined && youngerThan === undefined) || page.keys.length === 0) return page;
    const now = this.#deps.clock.now();
    const surveys = await this.#deps.stack.survey(page.keys, signal);
    const keys = page.keys.filter((_, i) => {
      const head = surveys[i]?.newest;
      if (head === undefined || head.kind === 'dropped')
        return unstored === 'include' && youngerThan === undefined;
      const age = now - head.checkedAt;
      return (olderThan === undefined || age > olderThan) && (youngerThan === undefined || age < youngerThan);
    });
    return { ...page, keys };
  }

  #known(what: string, name: string, known: readonly string[]): void {
    if (known.includes(name)) return;
    const near = nearestWord(name, known);
    const hint = near === undefined ? `there is ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
    throw new ForewarmError('E_SELECTOR_INVALID', `${what} "${name}" is not configured; ${hint}`, {
      details: { [what]: name },
    });
  }
}

const NO_PARAMS: ReadonlyMap<string, Params> = new Map();

function pageOf(source: Source, keys: readonly string[]): SelectedKeys {
  return { source, keys, params: NO_PARAMS, unkeyed: 0 };
}
