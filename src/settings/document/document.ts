/**
 * Reads the YAML of a configuration into a tree that knows the position of every value.
 *
 * From there a configuration takes these steps, each a file: variables in its texts are put in (`substitute.ts`); what the
 * environment sets is laid over it (`variables.ts`); texts from outside are read as what is wanted, paths become absolute, defaults
 * are put in (`complete.ts`). Then zod checks it, and what it finds becomes findings (`issues.ts`, `finding.ts`): which value, where
 * it was written, what is wanted, the nearest known word. `leaves.ts` shows every value with where it came from.
 *
 * The tree (`config-node.ts`) keeps positions through all of it, so that every message can name file, line and column.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { type ConfigNode, NOTHING, type Path, type SourcePosition } from './config-node.ts';
import { isTooDeep } from './depth.ts';
import type { Finding } from './finding.ts';
import { type Environment, substitute } from './substitute.ts';
import { faultWords, TOO_DEEP } from './yaml-fault.ts';

/** More than any real file has: bounds one that repeats itself through aliases. */
const MOST_VALUES = 200_000;

export interface ReadDocument {
  /** Undefined when the text is not YAML, or not a map. */
  readonly tree: ConfigNode | undefined;
  readonly findings: readonly Finding[];
}

export function readDocument(text: string, env: Environment): ReadDocument {
  const refused = {
    tree: undefined,
    findings: [{ position: NOTHING.position, path: [], message: TOO_DEEP }],
  };
  if (isTooDeep(text)) return refused;
  try {
    return readYaml(text, env);
  } catch (error) {
    // Its depth is not only that of brackets: `- - - -` nests as well, and the stack ends.
    if (error instanceof RangeError) return refused;
    throw error;
  }
}

function readYaml(text: string, env: Environment): ReadDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: false,
  });
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { from: 'file', line: Math.max(1, line), column: Math.max(1, col), variables: [] };
  };
  // One error causes others that mean nothing.
  const faults = document.errors.length > 0 ? document.errors.slice(0, 1) : document.warnings;
  if (faults.length > 0) {
    const findings = faults.map((fault) => ({
      position: positionAt(fault.pos[0]),
      path: [],
      message: faultWords(fault, text),
    }));
    return { tree: undefined, findings };
  }
  const reader = new Reader(env, positionAt);
  const tree = reader.read(document.contents, [], positionAt(0));
  if (tree.kind !== 'map' && !(tree.kind === 'scalar' && tree.value === null)) {
    reader.findings.push({ position: tree.position, path: [], message: 'must be a map of options' });
    return { tree: undefined, findings: reader.findings };
  }
  return { tree: tree.kind === 'map' ? tree : NOTHING, findings: reader.findings };
}

class Reader {
  readonly findings: Finding[] = [];
  readonly #env: Environment;
  readonly #positionAt: (offset: number) => SourcePosition;
  /** Anchors that are being read: an alias to one of them would go in a circle. */
  readonly #open = new Set<Node>();
  /** What each anchor stands for where the reading is: the last one of its name. */
  readonly #anchors = new Map<string, Node>();
  #values = 0;

  constructor(env: Environment, positionAt: (offset: number) => SourcePosition) {
    this.#env = env;
    this.#positionAt = positionAt;
  }

  read(node: unknown, path: Path, key: SourcePosition): ConfigNode {
    this.#values += 1;
    const position = this.#positionOf(node, key);
    this.#remember(node);
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) {
        return this.#refuse(
          position,
          path,
          'there is no anchor of that name; text that begins with "*" needs quotes',
        );
      }
      if (this.#open.has(target) || this.#values > MOST_VALUES) {
        return this.#refuse(
          position,
          path,
          'the alias has no end: it leads into itself, or to too many values',
        );
      }
      return { ...this.read(target, path, key), position, key };
    }
    if (isMap(node)) return this.#within(node, () => this.#map(node, path, key, position));
    if (isSeq(node)) {
      const items = () => node.items.map((item, i) => this.#item(item, [...path, String(i)], key));
      return this.#within(node, () => ({ kind: 'list', items: items(), position, key }));
    }
    return this.#scalar(isScalar(node) ? node.value : null, path, key, position);
  }

  /** `Alias.resolve` would look through the whole document each time. */
  #remember(node: unknown): void {
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #item(node: unknown, path: Path, key: SourcePosition): ConfigNode {
    return this.read(node, path, this.#positionOf(node, key));
  }

  #map(node: YAMLMap, path: Path, key: SourcePosition, position: SourcePosition): ConfigNode {
    const members = new Map<string, ConfigNode>();
    for (const pair of node.items) {
      const at = this.#positionOf(pair.key, key);
      const name = this.#nameOf(pair, path, at);
      if (name === undefined) continue;
      const earlier = members.get(name);
      if (earlier === undefined) members.set(name, this.read(pair.value, [...path, name], at));
      else this.#refuse(at, [...path, name], `"${name}" stands twice${lineOf(earlier.key)}; keep one`);
    }
    return { kind: 'map', members, position, key };
  }

  #nameOf({ key }: Pair, path: Path, at: SourcePosition): string | undefined {
    const name = isScalar(key) ? String(key.value ?? '') : undefined;
    if (name !== undefined && name !== '' && name !== '__proto__') return name;
    this.#refuse(at, path, name === undefined ? 'a key must be text' : `"${name}" cannot be a key`);
    return undefined;
  }

  #scalar(value: unknown, path: Path, key: SourcePosition, position: SourcePosition): ConfigNode {
    if (typeof value === 'number' || typeof value === 'boolean') {
      return { kind: 'scalar', value, soft: false, position, key };
    }
    if (value === null || value === undefined)
      return { kind: 'scalar', value: null, soft: false, position, key };
    const { text, variables, problems } = substitute(String(value), this.#env);
    for (const message of problems) this.#refuse(position, path, message);
    // With something missing in it, it is wrong already; nothing more is said about it.
    if (problems.length > 0) return { kind: 'scalar', value: null, soft: false, position, key };
    const via: SourcePosition = position.from === 'file' ? { ...position, variables } : position;
    return { kind: 'scalar', value: text, soft: variables.length > 0, position: via, key };
  }

  #within(node: Node, read: () => ConfigNode): ConfigNode {
    this.#open.add(node);
    const result = read();
    this.#open.delete(node);
    return result;
  }

  #positionOf(node: unknown, otherwise: SourcePosition): SourcePosition {
    // A node that was read from text has its range; its type does not say so.
    const range = (node as Partial<Node> | null)?.range;
    return range === undefined || range === null ? otherwise : this.#positionAt(range[0]);
  }

  #refuse(position: SourcePosition, path: Path, message: string): ConfigNode {
    this.findings.push({ position, path, message });
    return { kind: 'scalar', value: null, soft: false, position, key: position };
  }
}

function lineOf(position: SourcePosition): string {
  return position.from === 'file' ? `, first in line ${position.line}` : '';
}
