/** The configuration as it was written, with the position of every value: a tree, in which the layers are put together. */

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

interface Positioned {
  readonly position: SourcePosition;
  /** Where its key stands, if it has one. */
  readonly key: SourcePosition;
}

export interface ConfigScalar extends Positioned {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The text came from outside of the file: where a number is wanted, it is read as one. */
  readonly soft: boolean;
}

export interface ConfigMap extends Positioned {
  readonly kind: 'map';
  readonly members: ReadonlyMap<string, ConfigNode>;
}

export interface ConfigList extends Positioned {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}

export type ConfigNode = ConfigScalar | ConfigMap | ConfigList;

/** From the root: keys of maps, and indexes of lists in digits. */
export type Path = readonly string[];

const DEFAULT: SourcePosition = { from: 'default' };
export const NOTHING: ConfigMap = { kind: 'map', members: new Map(), position: DEFAULT, key: DEFAULT };

/** A plain value as if written at that position. */
export function nodeOf(value: unknown, position: SourcePosition = DEFAULT, soft = false): ConfigNode {
  const positioned = { position, key: position };
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item) => nodeOf(item, position)), ...positioned };
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => [name, nodeOf(member, position)] as const);
    return { kind: 'map', members: new Map(members), ...positioned };
  }
  if (typeof value === 'string') return { kind: 'scalar', value, soft, ...positioned };
  const known = typeof value === 'number' || typeof value === 'boolean';
  return { kind: 'scalar', value: known ? value : null, soft: false, ...positioned };
}

/** The value without its positions. */
export function plainOf(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainOf);
    case 'map':
      return Object.fromEntries([...node.members].map(([name, member]) => [name, plainOf(member)]));
  }
}

/** The member or item of that name; undefined when there is none. */
export function childOf(node: ConfigNode, name: string): ConfigNode | undefined {
  if (node.kind === 'map') return node.members.get(name);
  return node.kind === 'list' ? node.items[Number(name)] : undefined;
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

/** What to point a reader to: the value, or the key of a map or list, or of the nearest one that was written. */
export function positionOf(root: ConfigNode, path: Path): SourcePosition {
  let here: ConfigNode | undefined = root;
  let position = root.key;
  for (const name of path) {
    here = childOf(here, name);
    if (here === undefined) break;
    const own: SourcePosition = here.kind === 'scalar' ? here.position : here.key;
    if (own.from !== 'default') position = own;
  }
  return position;
}

/** The tree with another value at a path. What stands in the way, and can hold nothing, gives way. */
export function withValue(root: ConfigNode, path: Path, value: ConfigNode): ConfigNode {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (root.kind === 'list' && root.items[Number(name)] !== undefined) {
    const items = root.items.map((item, i) => (String(i) === name ? withValue(item, rest, value) : item));
    return { ...root, items };
  }
  const map = root.kind === 'map' ? root : { ...NOTHING, position: value.position, key: value.key };
  const child = map.members.get(name) ?? { ...NOTHING, position: value.position, key: value.key };
  return { ...map, members: new Map(map.members).set(name, withValue(child, rest, value)) };
}
