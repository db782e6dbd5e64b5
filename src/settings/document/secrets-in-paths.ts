/** Which secrets of a configuration stand in addresses and paths, where messages would show them. */
import { isTellingName, pathSecretsIn } from '../../core/path-secrets.ts';
import { secretPartsOf } from '../../origins/http/secrets-sent.ts';
import { decide, type LeafShape, memberOf, type Shape } from '../shape/shape.ts';
import { type ConfigNode, type ConfigScalar, childOf, type Path } from './config-node.ts';
import type { Environment } from './substitute.ts';

/** Formats of texts that are no address and no path of a request, though they may hold a slash. */
const OTHERS = new Set(['path', 'cron', 'timezone', 'redis-url', 'key-template', 'json-path']);

/**
 * What came there from a variable whose name tells of a secret, what is written in another place where a secret belongs, and what
 * looks like one.
 */
export function secretsInPaths(shape: Shape, root: ConfigNode, env: Environment): readonly string[] {
  const known: string[] = [];
  const places: string[] = [];
  const visit = (outer: Shape | undefined, node: ConfigNode, path: Path): void => {
    const here = outer && decide(outer, node, root, path);
    if (node.kind !== 'scalar') {
      const names = node.kind === 'map' ? [...node.members.keys()] : [...node.items.keys()].map(String);
      for (const name of names) {
        const member = childOf(node, name);
        if (member !== undefined) visit(here && memberOf(here, name), member, [...path, name]);
      }
    } else if (typeof node.value === 'string') {
      const leaf = here?.kind === 'leaf' ? here : undefined;
      known.push(...fromVariables(node, env));
      if (leaf?.secret === true) known.push(...literalsOf(node.value).flatMap(secretPartsOf));
      else if (mayBeAddress(leaf)) places.push(node.value);
    }
  };
  visit(shape, root, []);
  const distinct = [...new Set(known)];
  return [...new Set(places.flatMap((place) => pathSecretsIn(place, distinct)))];
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
