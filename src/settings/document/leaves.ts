/** The configuration as a list of values for people, each with where it came from. */

import { REDACTED, showValue } from '../../core/secrets.ts';
import { formatDuration, parseDuration } from '../../core/units.ts';
import { LONGEST_ABSENT_MS } from '../build.ts';
import type { SettingLeaf } from '../settings.ts';
import { decide, type Shape } from '../shape/shape.ts';
import { type ConfigNode, childOf, type Path, plainOf, textAt } from './config-node.ts';
import { wordsOfPlace } from './finding.ts';

/** Every value of a completed configuration, in the order of the schema. Secrets are redacted. */
export function leavesOf(shape: Shape, root: ConfigNode, file: string): SettingLeaf[] {
  const leaves: SettingLeaf[] = [];
  const visit = (outer: Shape | undefined, written: ConfigNode, path: Path): void => {
    const here = outer && decide(outer, written, root, path);
    const children = here?.kind === 'leaf' ? [] : childrenOf(here, written);
    if (children.length === 0) {
      leaves.push({
        path: path.join('.'),
        value: shown(here, written),
        from: wordsOfPlace(written.place, file),
      });
    }
    for (const [name, member, inner] of children) visit(inner, member, [...path, name]);
    if (path.length === 2 && path[0] === 'sources') leaves.push(...inheritedLeaves(root, path));
  };
  visit(shape, root, []);
  return leaves;
}

function childrenOf(
  shape: Shape | undefined,
  written: ConfigNode,
): [string, ConfigNode, Shape | undefined][] {
  const item = shape?.kind === 'record' || shape?.kind === 'list' ? shape.item : undefined;
  if (written.kind === 'list') return written.items.map((each, i) => [String(i), each, item]);
  if (written.kind === 'scalar') return [];
  if (shape?.kind !== 'object') return [...written.members].map(([name, member]) => [name, member, item]);
  return [...shape.fields].flatMap(([name, field]) => {
    const member = childOf(written, name);
    return member === undefined ? [] : [[name, member, field.shape]];
  });
}

function shown(shape: Shape | undefined, written: ConfigNode): unknown {
  const value = plainOf(written);
  if (shape?.kind === 'leaf' && shape.secret) return value === '' ? '' : REDACTED;
  return typeof value === 'string' ? showValue(value) : value;
}

/** What a source takes over from its temperature and the codec. */
function inheritedLeaves(root: ConfigNode, path: Path): SettingLeaf[] {
  const valueAt = (place: Path) => textAt(root, place);
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
