/**
 * The schema as data: which options there are, what may stand where, what it means. Everything that is not checking
 * follows from it: names of environment variables, defaults, the nearest known name, redaction, the reference page.
 */
import { type ConfigNode, nodeAt, type Path, textAt } from '../document/config-node.ts';

export interface Field {
  readonly shape: Shape;
  readonly description: string;
  /** As it would be written; undefined when there is no default. */
  readonly initial: unknown;
  readonly required: boolean;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, Field>;
}

export interface RecordShape {
  readonly kind: 'record';
  readonly item: Shape;
}

export interface ListShape {
  readonly kind: 'list';
  readonly item: Shape;
}

/** One of several objects: by its own member `kind`, or, for a source's request, by the kind of the source's origin. */
export interface ChoiceShape {
  readonly kind: 'choice';
  readonly by: 'member' | 'origin';
  readonly options: ReadonlyMap<string, Shape>;
}

/** Any of these, told apart by whether it is text, a list or a map. */
export interface EitherShape {
  readonly kind: 'either';
  readonly options: readonly Shape[];
}

export interface LeafShape {
  readonly kind: 'leaf';
  readonly type: 'text' | 'number' | 'boolean' | 'any';
  /** What it is, to be read behind "must be". */
  readonly words: string;
  readonly format: string | undefined;
  readonly secret: boolean;
  /** Empty: not an enumeration. */
  readonly values: readonly string[];
}

export type Shape = ObjectShape | RecordShape | ListShape | ChoiceShape | EitherShape | LeafShape;

/** Formats whose empty text, put in by a variable, means "not set". */
const NEVER_EMPTY = new Set([
  'duration',
  'size',
  'rate',
  'percent',
  'path',
  'cron',
  'timezone',
  'time',
  'deadline',
  'summary',
  'key-template',
]);

export function neverEmpty(leaf: LeafShape): boolean {
  return leaf.type !== 'text' || leaf.values.length > 0 || NEVER_EMPTY.has(leaf.format ?? '');
}

/** The shape that holds for what is written there: choices and alternatives are decided. */
export function decide(shape: Shape, node: ConfigNode | undefined, root: ConfigNode, path: Path): Shape {
  if (shape.kind === 'choice') {
    const kind = textAt(root, kindPath(shape, root, path));
    return (kind === undefined ? undefined : shape.options.get(kind)) ?? shape;
  }
  if (shape.kind !== 'either') return shape;
  return shape.options.find((option) => fits(option, node)) ?? shape;
}

function kindPath(shape: ChoiceShape, root: ConfigNode, path: Path): Path {
  if (shape.by === 'member') return [...path, 'kind'];
  return ['origins', textAt(root, [...path.slice(0, -1), 'origin']) ?? '', 'kind'];
}

function fits(shape: Shape, node: ConfigNode | undefined): boolean {
  switch (node?.kind) {
    case 'map':
      return shape.kind === 'object' || shape.kind === 'record' || shape.kind === 'choice';
    case 'list':
      return shape.kind === 'list';
    default:
      return shape.kind === 'leaf';
  }
}

/** The shape of what may stand at a path, not yet decided; undefined when nothing may. */
export function shapeAt(shape: Shape, root: ConfigNode, path: Path): Shape | undefined {
  let here: Shape | undefined = shape;
  for (const [i, name] of path.entries()) {
    if (here === undefined) return undefined;
    const above = path.slice(0, i);
    here = memberOf(decide(here, nodeAt(root, above), root, above), name);
  }
  return here;
}

/** The shape of a member or an item; undefined when none may stand there. */
export function memberOf(shape: Shape, name: string): Shape | undefined {
  if (shape.kind === 'object') return shape.fields.get(name)?.shape;
  return shape.kind === 'record' || shape.kind === 'list' ? shape.item : undefined;
}

/** Whether a secret may stand there, or somewhere below. */
export function holdsSecret(shape: Shape): boolean {
  switch (shape.kind) {
    case 'leaf':
      return shape.secret;
    case 'object':
      return [...shape.fields.values()].some((field) => holdsSecret(field.shape));
    case 'record':
    case 'list':
      return holdsSecret(shape.item);
    default:
      return [...shape.options.values()].some(holdsSecret);
  }
}

/** What may stand there, to be read behind "must be". */
export function wordsOfShape(shape: Shape): string {
  switch (shape.kind) {
    case 'leaf':
      return shape.words;
    case 'list':
      return 'a list';
    case 'either':
      return [...new Set(shape.options.map(wordsOfShape))].join(', or ');
    default:
      return 'a map';
  }
}
