/** Completes a tree so that it can be checked: texts from outside are read as what is wanted, paths become absolute, defaults are put in. */
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { decide, type LeafShape, neverEmpty, type ObjectShape, type Shape } from '../shape/shape.ts';
import { type ConfigNode, nodeOf, type Path, type SourcePosition } from './config-node.ts';
import { isTooDeep } from './depth.ts';

/** What a relative path is taken from, by where it was written. */
export type FolderOf = (position: SourcePosition) => string;

/** The completed tree; null stands for nothing, and is left out wherever something has a name. */
export function complete(shape: Shape, root: ConfigNode, folderOf: FolderOf): ConfigNode {
  return completed(shape, root, { root, folderOf, path: [] });
}

interface Context {
  readonly root: ConfigNode;
  readonly folderOf: FolderOf;
  readonly path: Path;
}

function completed(outer: Shape, node: ConfigNode, context: Context): ConfigNode {
  const read = readSoft(outer, node);
  const shape = decide(outer, read, context.root, context.path);
  const within = (name: string): Context => ({ ...context, path: [...context.path, name] });
  if (shape.kind === 'leaf') return leafOf(shape, read, context.folderOf);
  if (shape.kind === 'list' && read.kind === 'list') {
    return { ...read, items: read.items.map((item, i) => completed(shape.item, item, within(String(i)))) };
  }
  const map =
    isMapShape(shape) && isNothing(read) ? { ...read, kind: 'map' as const, members: new Map() } : read;
  if (map.kind !== 'map') return map;
  if (shape.kind === 'object') return objectOf(shape, map, within);
  if (shape.kind !== 'record') return map;
  const members = [...map.members].map(
    ([name, member]) => [name, completed(shape.item, member, within(name))] as const,
  );
  return { ...map, members: new Map(members) };
}

function objectOf(
  shape: ObjectShape,
  map: ConfigNode & { kind: 'map' },
  within: (name: string) => Context,
): ConfigNode {
  const members = new Map<string, ConfigNode>();
  for (const [name, member] of map.members) {
    const field = shape.fields.get(name);
    if (field === undefined) members.set(name, member);
    else if (!isNothing(member)) {
      const ready = completed(field.shape, member, within(name));
      if (!isNothing(ready)) members.set(name, ready);
    }
  }
  for (const [name, { shape: inner, initial }] of shape.fields) {
    if (members.has(name) || initial === undefined) continue;
    members.set(name, completed(inner, nodeOf(initial), within(name)));
  }
  return { ...map, members };
}

function isNothing(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function isMapShape(shape: Shape): boolean {
  return shape.kind === 'object' || shape.kind === 'record' || shape.kind === 'choice';
}

/** Zero needs no unit. */
const ZEROS: ReadonlyMap<string, string> = new Map([
  ['duration', '0'],
  ['size', '0B'],
]);

function leafOf(leaf: LeafShape, node: ConfigNode, folderOf: FolderOf): ConfigNode {
  if (node.kind !== 'scalar') return node;
  const zero = ZEROS.get(leaf.format ?? '');
  if (node.value === 0 && zero !== undefined) return { ...node, value: zero };
  if (leaf.format !== 'path') return node;
  if (typeof node.value !== 'string' || node.value === '') return node;
  return { ...node, value: resolve(folderOf(node.position), node.value) };
}

/** A text that a variable or a flag gave, as what the shape wants. What cannot be read stays, to be refused. */
export function readSoft(shape: Shape, node: ConfigNode): ConfigNode {
  if (node.kind !== 'scalar' || !node.soft || typeof node.value !== 'string') return node;
  const { value, position, key } = node;
  const leaf = shape.kind === 'either' ? shape.options.find((option) => option.kind === 'leaf') : shape;
  if (leaf?.kind === 'leaf' && leaf.type === 'text' && !(shape.kind === 'either' && /^\s*[[{]/.test(value))) {
    return value === '' && neverEmpty(leaf) ? { ...node, value: null } : node;
  }
  const parsed = parsedOf(value);
  if (parsed === undefined || (leaf?.kind === 'leaf' && leaf.type === 'any' && position.from === 'file')) {
    return node;
  }
  return { ...nodeOf(parsed, position), key };
}

/** YAML, in which JSON is contained; undefined when it is neither. */
function parsedOf(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    // Without aliases: one may lead into itself.
    return parse(text, { logLevel: 'silent', prettyErrors: false, maxAliasCount: 0 }) ?? null;
  } catch {
    // The check of the value reports that it is not what is wanted.
    return undefined;
  }
}
