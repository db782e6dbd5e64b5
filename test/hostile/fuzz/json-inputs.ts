/** Bad JSON out of good that is still JSON: what is right in form and wrong in what it says gets further than noise does. */
import type { Random } from '../../../src/core/clock.ts';
import { pick } from './mutate.ts';

type Node = Record<string, unknown> | unknown[];

const DEEP = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown;

const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    '',
    ' ',
    '0',
    'NaN',
    '__proto__',
    '\u0000',
    '\ud800',
    'x'.repeat(5_000),
    '../x',
    '%',
    '\u0024{A}',
  ],
  ...[0, -0, -1, 0.5, 1e21, 2 ** 53, -(2 ** 53), 8.64e15 + 1, 1e308, 4_294_967_296, 1e-320],
  ...[[], {}, [null], [[]], { '': '' }, { toString: 1, constructor: {} }, DEEP],
];
const NAMES = ['__proto__', 'constructor', 'toString', 'length', '', 'then', 'a\u0000', '0', '-1'];

/** The example with one to three of its values changed; undefined where it is no JSON object or list. */
export function jsonMutated(example: string, random: Random): string | undefined {
  const value = parsed(example);
  if (!isNode(value)) return undefined;
  const changes = 1 + Math.floor(random() * 3);
  for (let i = 0; i < changes; i += 1) change(value, random);
  return JSON.stringify(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function change(root: Node, random: Random): void {
  let node = root;
  // Down to any depth, the top most often.
  for (let children = nodesIn(node); children.length > 0 && random() < 0.6; children = nodesIn(node))
    node = pick(children, random);
  const names = Object.keys(node);
  const name = names.length > 0 && random() < 0.85 ? pick(names, random) : pick(NAMES, random);
  if (random() < 0.2) Reflect.deleteProperty(node, name);
  else
    put(
      node,
      name,
      random() < 0.15
        ? Reflect.get(node, pick(names.length > 0 ? names : [''], random))
        : pick(VALUES, random),
    );
}

function nodesIn(node: Node): Node[] {
  return Object.values(node).filter(isNode).slice(0, 20);
}

/** A copy, since a node must not become its own child; as a member of its own, `__proto__` as well. */
function put(node: Node, name: string, given: unknown): void {
  const value: unknown = structuredClone(given);
  if (Array.isArray(node)) node.splice(Math.floor(Math.abs(Number(name))) || 0, 1, value);
  else Object.defineProperty(node, name, { value, enumerable: true, configurable: true, writable: true });
}
