/** Reads the YAML of a configuration into a tree that knows the place of every value. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { type ConfigNode, NOTHING, type Path, type SourcePosition } from './config-node.ts';
import type { Finding } from './finding.ts';
import { type Environment, substitute } from './substitute.ts';

/** More than anyone writes; a file that repeats itself by aliases without end stops here. */
const MOST_VALUES = 200_000;

export interface ReadDocument {
  /** Undefined when the text is not YAML, or not a map. */
  readonly tree: ConfigNode | undefined;
  readonly findings: readonly Finding[];
}

export function readDocument(text: string, env: Environment): ReadDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: false,
  });
  const placeAt = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { from: 'file', line: Math.max(1, line), column: Math.max(1, col), variables: [] };
  };
  // One error brings others behind it that mean nothing.
  const faults = [...document.errors.slice(0, 1), ...document.warnings];
  if (faults.length > 0) {
    const findings = faults.map((fault) => ({
      place: placeAt(fault.pos[0]),
      path: [],
      message: faultWords(fault, text),
    }));
    return { tree: undefined, findings };
  }
  const reader = new Reader(document, env, placeAt);
  const tree = reader.read(document.contents, [], placeAt(0));
  if (tree.kind !== 'map' && !(tree.kind === 'scalar' && tree.value === null)) {
    reader.findings.push({ place: tree.place, path: [], message: 'must be a map of options' });
    return { tree: undefined, findings: reader.findings };
  }
  return { tree: tree.kind === 'map' ? tree : NOTHING, findings: reader.findings };
}

/** Never with the words that stand there: they may be a secret. */
function faultWords({ code, message, pos }: YAMLError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; keep one';
  if (text[pos[0]] === '{' && text[pos[0] - 1] === '$') {
    return 'not YAML: a substitution inside of { } or [ ] needs quotes around it';
  }
  if (code === 'TAG_RESOLVE_FAILED')
    return 'not YAML: an unknown tag; text that begins with "!" needs quotes';
  if (code === 'BAD_DIRECTIVE') return 'not YAML: an unknown directive; a line cannot begin with "%"';
  return `not YAML: ${message.replace(/: .*$/s, '')}`;
}

class Reader {
  readonly findings: Finding[] = [];
  readonly #document: Document;
  readonly #env: Environment;
  readonly #placeAt: (offset: number) => SourcePosition;
  /** Anchors that are being read: an alias to one of them would go in a circle. */
  readonly #open = new Set<Node>();
  #values = 0;

  constructor(document: Document, env: Environment, placeAt: (offset: number) => SourcePosition) {
    this.#document = document;
    this.#env = env;
    this.#placeAt = placeAt;
  }

  read(node: unknown, path: Path, key: SourcePosition): ConfigNode {
    this.#values += 1;
    const place = this.#placeOf(node, key);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) {
        return this.#refuse(
          place,
          path,
          'there is no anchor of that name; text that begins with "*" needs quotes',
        );
      }
      if (this.#open.has(target) || this.#values > MOST_VALUES) {
        return this.#refuse(place, path, 'the alias has no end: it leads into itself, or to too many values');
      }
      return { ...this.read(target, path, key), place, key };
    }
    if (isMap(node)) return this.#within(node, () => this.#map(node, path, key, place));
    if (isSeq(node)) {
      const items = () => node.items.map((item, i) => this.#item(item, [...path, String(i)], key));
      return this.#within(node, () => ({ kind: 'list', items: items(), place, key }));
    }
    return this.#scalar(isScalar(node) ? node.value : null, path, key, place);
  }

  #item(node: unknown, path: Path, key: SourcePosition): ConfigNode {
    return this.read(node, path, this.#placeOf(node, key));
  }

  #map(node: YAMLMap, path: Path, key: SourcePosition, place: SourcePosition): ConfigNode {
    const members = new Map<string, ConfigNode>();
    for (const pair of node.items) {
      const at = this.#placeOf(pair.key, key);
      const name = this.#nameOf(pair, path, at);
      if (name === undefined) continue;
      const earlier = members.get(name);
      if (earlier === undefined) members.set(name, this.read(pair.value, [...path, name], at));
      else this.#refuse(at, [...path, name], `"${name}" stands twice${lineOf(earlier.key)}; keep one`);
    }
    return { kind: 'map', members, place, key };
  }

  #nameOf({ key }: Pair, path: Path, at: SourcePosition): string | undefined {
    const name = isScalar(key) ? String(key.value ?? '') : undefined;
    if (name !== undefined && name !== '' && name !== '__proto__') return name;
    this.#refuse(at, path, name === undefined ? 'a key must be text' : `"${name}" cannot be a key`);
    return undefined;
  }

  #scalar(value: unknown, path: Path, key: SourcePosition, place: SourcePosition): ConfigNode {
    if (typeof value === 'number' || typeof value === 'boolean') {
      return { kind: 'scalar', value, soft: false, place, key };
    }
    if (value === null || value === undefined)
      return { kind: 'scalar', value: null, soft: false, place, key };
    const { text, variables, problems } = substitute(String(value), this.#env);
    for (const message of problems) this.#refuse(place, path, message);
    // With something missing in it, it is wrong already; nothing more is said about it.
    if (problems.length > 0) return { kind: 'scalar', value: null, soft: false, place, key };
    const via: SourcePosition = place.from === 'file' ? { ...place, variables } : place;
    return { kind: 'scalar', value: text, soft: variables.length > 0, place: via, key };
  }

  #within(node: Node, read: () => ConfigNode): ConfigNode {
    this.#open.add(node);
    const written = read();
    this.#open.delete(node);
    return written;
  }

  #placeOf(node: unknown, otherwise: SourcePosition): SourcePosition {
    // A node that was read from text has its range; its type does not say so.
    const range = (node as Partial<Node> | null)?.range;
    return range === undefined || range === null ? otherwise : this.#placeAt(range[0]);
  }

  #refuse(place: SourcePosition, path: Path, message: string): ConfigNode {
    this.findings.push({ place, path, message });
    return { kind: 'scalar', value: null, soft: false, place, key: place };
  }
}

function lineOf(place: SourcePosition): string {
  return place.from === 'file' ? `, first in line ${place.line}` : '';
}
