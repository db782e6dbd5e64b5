/** Configurations as people write them: a good one, and a few changes to it, good and bad. */
import fc from 'fast-check';
import { nodeOf, type Path } from '../../../src/settings/document/config-node.ts';
import { settingsSchema } from '../../../src/settings/schema.ts';
import { decide, type LeafShape, type Shape } from '../../../src/settings/shape/shape.ts';
import { shapeOf } from '../../../src/settings/shape/shape-of.ts';
import { BY_FORMAT, BY_NAME, NUMBERS, ODD } from './values.ts';

/** What is put at a place of a configuration. */
export interface Change {
  readonly path: Path;
  readonly value: unknown;
}

/** What stands where nothing is to stand. */
const REMOVED = Symbol('removed');

const SHAPE = shapeOf(settingsSchema);

function textsFor(leaf: LeafShape, path: Path): readonly unknown[] {
  const names = BY_NAME[path.at(-1) ?? ''] ?? BY_NAME[path.at(-2) ?? ''] ?? [];
  return [...(BY_FORMAT[leaf.format ?? ''] ?? []), ...names, ...leaf.values];
}

function valuesFor(shape: Shape, path: Path): fc.Arbitrary<unknown> {
  const others = [null, [], {}, [null], true, 0, REMOVED];
  if (shape.kind !== 'leaf') {
    const named = BY_NAME[path.at(-1) ?? ''] ?? [];
    const either =
      shape.kind === 'either'
        ? shape.options.flatMap((o) => (o.kind === 'leaf' ? textsFor(o, path) : []))
        : [];
    return fc.constantFrom(...named, ...named, ...either, ...either, ...others, 'x');
  }
  if (shape.type === 'boolean') return fc.constantFrom(true, false, true, false, 'yes', 0, REMOVED);
  if (shape.type === 'number')
    return fc.constantFrom(...(BY_NAME[path.at(-1) ?? ''] ?? []), ...NUMBERS, REMOVED);
  const fitting = textsFor(shape, path);
  return fc.oneof(
    {
      weight: fitting.length > 0 ? 8 : 0,
      arbitrary: fc.constantFrom(...(fitting.length > 0 ? fitting : ['x'])),
    },
    { weight: fitting.length > 0 ? 2 : 6, arbitrary: fc.constantFrom(...ODD, 'x') },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...others) },
  );
}

interface Place {
  readonly path: Path;
  readonly shape: Shape;
}

/** Every place of a configuration where something may stand. */
export function placesOf(config: object): Place[] {
  const root = nodeOf(config);
  const places: Place[] = [];
  const visit = (outer: Shape, value: unknown, path: Path): void => {
    const here = decide(outer, value === undefined ? undefined : nodeOf(value), root, path);
    if (path.length > 0) places.push({ path, shape: here });
    const below = (name: string, shape: Shape) =>
      visit(shape, typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined, [
        ...path,
        name,
      ]);
    if (here.kind === 'object') for (const [name, field] of here.fields) below(name, field.shape);
    if (here.kind === 'record' && typeof value === 'object' && value !== null)
      for (const name of Object.keys(value)) below(name, here.item);
    if (here.kind === 'either')
      for (const option of here.options)
        if (option.kind === 'object') for (const [name, field] of option.fields) below(name, field.shape);
  };
  visit(SHAPE, config, []);
  return places;
}

/** A few changes to a configuration. */
export function changesTo(config: object, most = 3): fc.Arbitrary<readonly Change[]> {
  const places = placesOf(config);
  const change = fc
    .constantFrom(...places)
    .chain(({ path, shape }) => valuesFor(shape, path).map((value) => ({ path, value })));
  return fc.array(change, { minLength: 1, maxLength: most });
}

export function changed(config: object, changes: readonly Change[]): Record<string, unknown> {
  const copy = structuredClone(config) as Record<string, unknown>;
  for (const { path, value } of changes) put(copy, path, value);
  return copy;
}

function put(root: Record<string, unknown>, path: Path, value: unknown): void {
  let here = root;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(here, name) ? here[name] : undefined;
    if (typeof next === 'object' && next !== null) here = next as Record<string, unknown>;
    else {
      const made = {};
      here[name] = made;
      here = made;
    }
  }
  const last = path.at(-1) ?? '';
  if (value === REMOVED) delete here[last];
  else here[last] = value;
}
