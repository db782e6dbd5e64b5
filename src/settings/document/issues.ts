/** What zod finds, in our words: which value, what is wanted, and the nearest known word. */
import type { z } from 'zod';
import { hideKnown } from '../../core/known-secrets.ts';
import { nearestWord } from '../../core/nearest.ts';
import { quote } from '../../core/quote.ts';
import { REDACTED } from '../../core/secrets.ts';
import { showRedisUrl } from '../../redis/url.ts';
import { decide, holdsSecret, memberOf, type Shape, shapeAt, wordsOfShape } from '../shape/shape.ts';
import { type ConfigNode, nodeAt, type Path, plainOf, positionOf } from './config-node.ts';
import type { Finding } from './finding.ts';
import { shownName } from './secret-names.ts';

type Issue = z.core.$ZodIssue;

/** The findings of issues whose paths begin at `base`. */
export function findingsOf(
  issues: readonly Issue[],
  shape: Shape,
  root: ConfigNode,
  base: Path = [],
): Finding[] {
  return foundIn(issues, shape, root, base).map((finding) => withoutSwapped(finding, shape, root));
}

function foundIn(issues: readonly Issue[], shape: Shape, root: ConfigNode, base: Path): Finding[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(key, path, shape, root));
    }
    const branch = branchOf(issue);
    if (branch !== undefined) return foundIn(branch, shape, root, path);
    const node = nodeAt(root, path);
    const outer = shapeAt(shape, root, path);
    const decided = outer && decide(outer, node, root, path);
    const message = messageOf(issue, issue.code === 'invalid_union' ? outer : decided, node);
    return [{ position: positionOf(root, path), path, message }];
  });
}

/** Without a secret that stands where its name belongs: the two are easily written the wrong way round. */
function withoutSwapped(finding: Finding, shape: Shape, root: ConfigNode): Finding {
  const path: string[] = [];
  let message = finding.message;
  let here: Shape | undefined = shape;
  for (const [i, name] of finding.path.entries()) {
    const above = finding.path.slice(0, i);
    const outer: Shape | undefined = here && decide(here, nodeAt(root, above), root, above);
    const shown = shownName(outer, name);
    path.push(shown);
    if (shown !== name) message = hideKnown(message, [name]);
    here = outer && memberOf(outer, name);
  }
  return { ...finding, path, message };
}

/** The issues of the one alternative that the value was meant for: those of the others are about the value as a whole. */
function branchOf(issue: Issue): readonly Issue[] | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  const branches = issue.errors.filter((errors) => errors.every((error) => !isWhole(error)));
  return branches.length === 1 ? branches[0] : undefined;
}

function isWhole({ code, path }: Issue): boolean {
  return path.length === 0 && code === 'invalid_type';
}

function unknownKey(key: string, path: Path, shape: Shape, root: ConfigNode): Finding {
  const map = nodeAt(root, path);
  const outer = shapeAt(shape, root, path);
  const here = outer && decide(outer, map, root, path);
  const member = map?.kind === 'map' ? map.members.get(key) : undefined;
  const position = member?.key ?? positionOf(root, path);
  const known = here?.kind === 'object' ? here : undefined;
  const message = `"${key}" is not an option here; ${adviceOn(key, [...(known?.fields.keys() ?? [])])}`;
  return { position, path: [...path, key], message };
}

/** The nearest of the known words, or all of them. */
export function adviceOn(word: string, known: readonly string[]): string {
  const near = nearestWord(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return 'none is configured';
  return `${known.length === 1 ? 'there is only' : 'there are'} ${known.join(', ')}`;
}

function messageOf(issue: Issue, shape: Shape | undefined, node: ConfigNode | undefined): string {
  if (node === undefined) return `is required; it must be ${wanted(issue, shape)}`;
  const value = plainOf(node);
  const shown = shownIn(shape, node);
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${wanted(issue, shape)}, not ${shown}`;
    case 'invalid_value':
      return `${shown} is not ${wanted(issue, shape)}${nearTo(value, issue.values.map(String))}`;
    case 'invalid_union':
      return issue.discriminator === undefined
        ? `must be ${wanted(issue, shape)}, not ${shown}`
        : `${shown} is not one of ${optionsOf(issue).join(', ')}${nearTo(value, optionsOf(issue))}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be ${wanted(issue, shape)}, not ${shown}`;
    case 'too_big':
      return `must be ${wanted(issue, shape)}, not ${shown}`;
    case 'invalid_key':
      return issue.issues.map((inner) => inner.message).join('; ');
    default:
      return saying(issue.message, node, shown);
  }
}

/** A value that is wrong, in quotes; without what may be a secret where secrets are written. */
function shownIn(shape: Shape | undefined, node: ConfigNode): string {
  const value = plainOf(node);
  const isText = node.kind === 'scalar' && shape !== undefined;
  if (isText && holdsSecret(shape)) return REDACTED;
  const isAddress = shape?.kind === 'leaf' && shape.format === 'redis-url';
  return isText && isAddress ? `"${showRedisUrl(String(value))}"` : quote(value);
}

/** The value, unless the message has it, or it is a map or list. */
function saying(message: string, node: ConfigNode, shown: string): string {
  if (node.kind !== 'scalar' || message.startsWith('"') || message.includes(shown)) return message;
  return `${shown}: ${message}`;
}

function wanted(issue: Issue, shape: Shape | undefined): string {
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return `one of ${optionsOf(issue).join(', ')}`;
  }
  return shape === undefined ? 'something else' : wordsOfShape(shape);
}

function optionsOf(issue: Issue & { readonly code: 'invalid_union' }): string[] {
  return ('options' in issue ? (issue.options ?? []) : []).map(String);
}

function nearTo(value: unknown, known: readonly string[]): string {
  const near = typeof value === 'string' ? nearestWord(value, known) : undefined;
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
