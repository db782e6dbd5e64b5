/** The configuration as a list of values for people, each with where it came from. */

import { hideKnown } from '../../core/known-secrets.ts';
import { REDACTED, showValue } from '../../core/secrets.ts';
import { formatDuration, parseDuration } from '../../core/units.ts';
import { showRedisUrl } from '../../redis/url.ts';
import { LONGEST_ABSENT_MS } from '../build.ts';
import type { SettingLeaf } from '../settings.ts';
import { decide, type LeafShape, type Shape } from '../shape/shape.ts';
import { type ConfigNode, childOf, type Path, plainOf, textAt } from './config-node.ts';
import { wordsOfPosition } from './finding.ts';
import { shownName } from './secret-names.ts';
import { mayBeAddress } from './secrets-in-paths.ts';

export interface LeafDeps {
  readonly shape: Shape;
  /** The completed configuration. */
  readonly root: ConfigNode;
  /** As a person would write its name. */
  readonly file: string;
  /** What stands in addresses and paths, and is not to be shown. */
  readonly secrets: readonly string[];
}

/** Every value of a completed configuration, in the order of the schema. Secrets are redacted. */
export function leavesOf({ shape, root, file, secrets }: LeafDeps): SettingLeaf[] {
  const leaves: SettingLeaf[] = [];
  const visit = (outer: Shape | undefined, node: ConfigNode, path: Path): void => {
    const here = outer && decide(outer, node, root, path);
    const children = here?.kind === 'leaf' ? [] : childrenOf(here, node);
    if (children.length === 0) {
      leaves.push({
        path: path.join('.'),
        value: shown(here, node, secrets),
        from: wordsOfPosition(node.position, file),
      });
    }
    for (const [name, member, inner] of children) visit(inner, member, [...path, shownName(here, name)]);
    if (path.length === 2 && path[0] === 'sources') leaves.push(...inheritedLeaves(root, path));
  };
  visit(shape, root, []);
  return leaves;
}

function childrenOf(shape: Shape | undefined, node: ConfigNode): [string, ConfigNode, Shape | undefined][] {
  const item = shape?.kind === 'record' || shape?.kind === 'list' ? shape.item : undefined;
  if (node.kind === 'list') return node.items.map((each, i) => [String(i), each, item]);
  if (node.kind === 'scalar') return [];
  if (shape?.kind !== 'object') return [...node.members].map(([name, member]) => [name, member, item]);
  return [...shape.fields].flatMap(([name, field]) => {
    const member = childOf(node, name);
    return member === undefined ? [] : [[name, member, field.shape]];
  });
}

function shown(shape: Shape | undefined, node: ConfigNode, secrets: readonly string[]): unknown {
  const value = plainOf(node);
  if (shape?.kind === 'leaf' && shape.secret) return value === '' ? '' : withoutLiterals(shape, value);
  if (typeof value !== 'string') return value;
  const leaf = shape?.kind === 'leaf' ? shape : undefined;
  if (leaf?.format === 'redis-url') return showRedisUrl(value);
  return /[/']/.test(value) && mayBeAddress(leaf) ? hideKnown(showValue(value), secrets) : showValue(value);
}

/** A template shows its params, and hides what stands around them. */
function withoutLiterals({ format }: LeafShape, value: unknown): string {
  if (format !== 'template' || typeof value !== 'string') return REDACTED;
  return value
    .split(/(\{[A-Za-z_]\w*(?:\.\.\.)?\})/)
    .map((piece, i) => (i % 2 === 1 || piece === '' ? piece : REDACTED))
    .join('');
}

/** What a source inherits from its temperature and the codec. */
function inheritedLeaves(root: ConfigNode, path: Path): SettingLeaf[] {
  const valueAt = (at: Path) => textAt(root, at);
  const temperature = ['temperatures', valueAt([...path, 'temperature']) ?? ''];
  const inherited = ['ttl', 'refreshAhead', 'grace'].map(
    (member) => [member, [...temperature, member]] as const,
  );
  const leaves = [...inherited, ['format', ['codec', 'format']] as const]
    .filter(([member]) => valueAt([...path, member]) === undefined)
    .map(([member, from]) => ({
      path: [...path, member].join('.'),
      value: valueAt(from),
      from: from.join('.'),
    }));
  if (valueAt([...path, 'absentTtl']) !== undefined) return leaves;
  const ttl = parseDuration(valueAt([...path, 'ttl']) ?? valueAt([...temperature, 'ttl']) ?? '0');
  const value = formatDuration(Math.min(ttl, LONGEST_ABSENT_MS));
  return [...leaves, { path: [...path, 'absentTtl'].join('.'), value, from: 'default' }];
}
