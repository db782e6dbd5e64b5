/** Which secrets of a configuration messages would show: those that stand in addresses and paths, and those that a server may repeat. */
import { isTellingName, pathSecretsIn } from '../../core/path-secrets.ts';
import { secretPartsOf } from '../../origins/http/secrets-sent.ts';
import { decide, type LeafShape, memberOf, type Shape } from '../shape/shape.ts';
import { type ConfigNode, type ConfigScalar, childOf, type Path } from './config-node.ts';
import { isNoName, isPartOfHost, secretsGiven, textsGiven } from './given-paths.ts';
import { secretsInSql, secretsOfPackages, secretsOfRedis, secretsPut } from './given-secrets.ts';
import type { Environment } from './substitute.ts';

/** Formats of texts that are no address and no path of a request, though they may hold a slash. */
const OTHERS = new Set(['path', 'cron', 'timezone', 'redis-url', 'key-template', 'json-path']);

/** Sections in which a variable whose name tells of a secret holds one, whatever it is put into. */
const OF_CALLS = new Set(['origins', 'sources', 'entities']);

/**
 * What came there from a variable, what is written in another place where a secret belongs, and what looks like one. A variable whose
 * name tells of a secret holds one in a part of a host, too, and in what else a call is made of.
 */
export function secretsInPaths(shape: Shape, root: ConfigNode, env: Environment): readonly string[] {
  const found: Found = { known: [], told: [], put: [], places: [], shown: new Set() };
  const visit = (outer: Shape | undefined, node: ConfigNode, path: Path): void => {
    const here = outer && decide(outer, node, root, path);
    if (node.kind === 'scalar') {
      if (typeof node.value === 'string')
        look(found, { node, text: node.value, path, leaf: leafOf(here), env });
      return;
    }
    const names = node.kind === 'map' ? [...node.members.keys()] : [...node.items.keys()].map(String);
    for (const name of names) {
      // What may be anything is a leaf, and secret in all its parts.
      const inner = here?.kind === 'leaf' ? here : here && memberOf(here, name);
      if (leafOf(inner)?.secret !== true) found.shown.add(name);
      const member = childOf(node, name);
      if (member !== undefined) visit(inner, member, [...path, name]);
    }
  };
  visit(shape, root, []);
  const known = [...new Set(found.known)];
  const inPaths = found.places.flatMap(({ node, text }) => [
    ...pathSecretsIn(text, known),
    ...(text.includes('/') ? secretsGiven(node, env, found.shown) : []),
  ]);
  const put = found.put.filter((secret) => !found.shown.has(secret));
  return [...new Set([...inPaths, ...found.told, ...put, ...secretsOfPackages(env)])];
}

interface Place {
  readonly node: ConfigScalar;
  readonly text: string;
  readonly path: Path;
  readonly leaf: LeafShape | undefined;
  readonly env: Environment;
}

interface Found {
  /** Secrets, where they stand in a path. */
  readonly known: string[];
  /** Secrets, wherever they stand. */
  readonly told: string[];
  /** The same, unless it is written where everybody sees it. */
  readonly put: string[];
  readonly places: Place[];
  /** What is written where everybody sees it. */
  readonly shown: Set<string>;
}

function look(found: Found, place: Place): void {
  const { node, text, path, leaf, env } = place;
  const telling = fromVariables(node, env);
  found.known.push(...telling);
  if (leaf?.secret === true) {
    found.known.push(...literalsOf(text).flatMap(secretPartsOf));
    found.put.push(...secretsPut(node, path, env));
    return;
  }
  if (leaf?.format === 'redis-url') found.put.push(...secretsOfRedis(text));
  if (!text.includes('/')) found.shown.add(text);
  if (!mayBeAddress(leaf)) return;
  found.places.push(place);
  const isSecret = (value: string) =>
    text.includes('://') ? isPartOfHost(text, value) : OF_CALLS.has(path[0] ?? '') && text !== value;
  found.told.push(...telling.filter(isSecret));
  if (OF_CALLS.has(path[0] ?? '')) found.put.push(...secretsInSql(node, env));
  if (text.includes('://'))
    found.put.push(...textsGiven(node, env).filter((value) => isNoName(value) && isPartOfHost(text, value)));
}

function leafOf(shape: Shape | undefined): LeafShape | undefined {
  return shape?.kind === 'leaf' ? shape : undefined;
}

/** Whether what stands there may be an address, or the path of a request. */
export function mayBeAddress(leaf: LeafShape | undefined): boolean {
  return !OTHERS.has(leaf?.format ?? '');
}

function literalsOf(template: string): string[] {
  return template.split(/\{[^{}]*\}/).filter(Boolean);
}

function fromVariables({ position }: ConfigScalar, env: Environment): string[] {
  if (position.from !== 'file') return [];
  return position.variables.filter(isTellingName).flatMap((name) => env[name] ?? []);
}
