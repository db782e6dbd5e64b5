/** The types of an entity set that is a user's own module, for those who write one in TypeScript. */

/** A flat object: its members are the columns. */
export type EntityRow = Readonly<Record<string, string | number | boolean | null>>;

export interface EntitiesModule {
  /** Every row, each time it is called: a list, or an iterable that reads as it goes. */
  rows():
    | Iterable<EntityRow>
    | AsyncIterable<EntityRow>
    | Promise<Iterable<EntityRow> | AsyncIterable<EntityRow>>;
}

/** The same object, with its types checked: `export default defineEntities({ rows })`. */
export function defineEntities(module: EntitiesModule): EntitiesModule {
  return module;
}
