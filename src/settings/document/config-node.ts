/** The configuration as it was written, with the place of every value: a tree, in which the layers are put together. */

/** Where something was written. */
export type SourcePosition =
  | {
      readonly from: 'file';
      readonly line: number;
      readonly column: number;
      /** The environment variables that were put into it. */
      readonly variables: readonly string[];
    }
  | { readonly from: 'variable' | 'flag'; readonly name: string }
  | { readonly from: 'default' };

interface Placed {
  readonly place: SourcePosition;
  /** Where its key stands, if it has one. */
  readonly key: SourcePosition;
}

export interface ConfigScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The text came from outside of the file: where a number is wanted, it is read as one. */
  readonly soft: boolean;
}

export interface ConfigMap extends Placed {
  readonly kind: 'map';
  readonly members: ReadonlyMap<string, ConfigNode>;
}

export interface ConfigList extends Placed {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}

export type ConfigNode = ConfigScalar | ConfigMap | ConfigList;

/** From the root: keys of maps, and indexes of lists in digits. */
export type Path = readonly string[];

const DEFAULT: SourcePosition = { from: 'default' };
export const NOTHING: ConfigMap = { kind: 'map', members: new Map(), place: DEFAULT, key: DEFAULT };

/** A plain value as if written at that place. */
export function nodeOf(value: unknown, place: SourcePosition = DEFAULT, soft = false): ConfigNode {
  const placed = { place, key: place };
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item) => nodeOf(item, place)), ...placed };
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => [name, nodeOf(member, place)] as const);
    return { kind: 'map', members: new Map(members), ...placed };
  }
  if (typeof value === 'string') return { kind: 'scalar', value, soft, ...placed };
  const known = typeof value === 'number' || typeof value === 'boolean';
  return { kind: 'scalar', value: known ? value : null, soft: false, ...placed };
}

/** The value without its places. */
export function plainOf(written: ConfigNode): unknown {
  switch (written.kind) {
    case 'scalar':
      return written.value;
    case 'list':
      return written.items.map(plainOf);
    case 'map':
      return Object.fromEntries([...written.members].map(([name, member]) => [name, plainOf(member)]));
  }
}

/** The member or item of that name; undefined when there is none. */
export function childOf(written: ConfigNode, name: string): ConfigNode | undefined {
  if (written.kind === 'map') return written.members.get(name);
  return written.kind === 'list' ? written.items[Number(name)] : undefined;
}

/** What stands at a path; undefined when nothing does. */
export function nodeAt(root: ConfigNode, path: Path): ConfigNode | undefined {
  let here: ConfigNode | undefined = root;
  for (const name of path) {
    if (here === undefined) return undefined;
    here = childOf(here, name);
  }
  return here;
}

/** The text at a path; undefined when there is something else, or nothing. */
export function textAt(root: ConfigNode, path: Path): string | undefined {
  const found = nodeAt(root, path);
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : undefined;
}

/** Where to point a reader at: the value, or the key of a map or list, or of the nearest one that was written. */
export function placeOf(root: ConfigNode, path: Path): SourcePosition {
  let here: ConfigNode | undefined = root;
  let place = root.key;
  for (const name of path) {
    here = childOf(here, name);
    if (here === undefined) break;
    const own: SourcePosition = here.kind === 'scalar' ? here.place : here.key;
    if (own.from !== 'default') place = own;
  }
  return place;
}

/** The tree with another value at a path. What stands in the way, and can hold nothing, gives way. */
export function withValue(root: ConfigNode, path: Path, value: ConfigNode): ConfigNode {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (root.kind === 'list' && root.items[Number(name)] !== undefined) {
    const items = root.items.map((item, i) => (String(i) === name ? withValue(item, rest, value) : item));
    return { ...root, items };
  }
  const map = root.kind === 'map' ? root : { ...NOTHING, place: value.place, key: value.key };
  const child = map.members.get(name) ?? { ...NOTHING, place: value.place, key: value.key };
  return { ...map, members: new Map(map.members).set(name, withValue(child, rest, value)) };
}
