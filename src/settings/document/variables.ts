/**
 * Options set by environment variables: `FOREWARM_TIERS__MEMORY__MAX_SIZE` is `tiers.memory.maxSize`. Two underscores
 * go a level down. Names of your own are matched whatever their case, and with `-` and `_` alike; they must exist.
 */
import { nearestWord } from '../../core/nearest.ts';
import { decide, type Shape, shapeAt } from '../shape/shape.ts';
import { readSoft } from './complete.ts';
import {
  type ConfigNode,
  childOf,
  nodeOf,
  type Path,
  type SourcePosition,
  withValue,
} from './config-node.ts';
import type { Finding } from './finding.ts';
import { type Environment, lengthProblem } from './substitute.ts';

const PREFIX = 'FOREWARM_';
/** Read elsewhere, before there is a configuration or beside it. */
const OTHERS = new Set(['FOREWARM_CONFIG', 'FOREWARM_REDIS_SERVER', 'FOREWARM_TRACES']);

/** What Kubernetes sets in every container where a service is called forewarm, or forewarm-something. */
const SERVICE_NAME =
  /_SERVICE_(HOST|PORT)(_[A-Z0-9_]{1,60})?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** The variable that sets the option at a path. */
export function variableOf(path: Path): string {
  return PREFIX + path.map(segmentOf).join('__');
}

function segmentOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase();
}

/** What two spellings of one name have in common. */
function normalOf(variable: string): string {
  return variable
    .slice(PREFIX.length)
    .split('__')
    .map((segment) => segment.replace(/[-_]/g, '').toUpperCase())
    .join('__');
}

/** The tree with every option that a variable sets. Empty variables count as not set. */
export function withVariables(
  shape: Shape,
  tree: ConfigNode,
  env: Environment,
): { readonly tree: ConfigNode; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  let here = tree;
  for (const [name, text] of setVariables(env)) {
    const position: SourcePosition = { from: 'variable', name };
    const known = knownVariables(shape, here);
    const paths = known.get(normalOf(name)) ?? [];
    const [path, other] = paths;
    if (path === undefined) {
      findings.push({ position, path: [], message: adviceOn(name, known) });
    } else if (other !== undefined) {
      const both = paths.map((each) => each.join('.')).join(' and ');
      findings.push({ position, path: [], message: `could be ${both}; set it in the file` });
    } else {
      const outer = shapeAt(shape, here, path);
      const node = nodeOf(text, position, true);
      // Parsed at once, since other variables may set what is in it.
      here = withValue(here, path, outer === undefined ? node : readSoft(outer, node));
    }
  }
  return { tree: here, findings };
}

/** What is said of variables that hold far more than an option does. */
export function longVariables(env: Environment): Finding[] {
  return Object.entries(env).flatMap(([name, text]) => {
    const problem = name.startsWith(PREFIX) || name === 'REDIS_URL' ? lengthProblem(name, text) : undefined;
    return problem === undefined
      ? []
      : [{ position: { from: 'variable', name }, path: [], message: problem }];
  });
}

/** Maps before what is in them, so that both can be set. */
function setVariables(env: Environment): [string, string][] {
  const depth = (name: string) => name.split('__').length;
  return Object.entries(env)
    .flatMap(([name, text]): [string, string][] => (text && isOurs(name, text) ? [[name, text]] : []))
    .sort(([one], [other]) => depth(one) - depth(other) || (one < other ? -1 : 1));
}

function isOurs(name: string, text: string): boolean {
  if (!name.startsWith(PREFIX) || OTHERS.has(name)) return false;
  return !SERVICE_NAME.test(name) && !(name.endsWith('_PORT') && SERVICE_ADDRESS.test(text));
}

/** The paths of every option there is, by the normal form of its variable. */
function knownVariables(shape: Shape, root: ConfigNode): Map<string, Path[]> {
  const known = new Map<string, Path[]>();
  const visit = (outer: Shape, node: ConfigNode | undefined, path: Path): void => {
    if (path.length > 0) {
      const normal = normalOf(variableOf(path));
      known.set(normal, [...(known.get(normal) ?? []), path]);
    }
    const here = decide(outer, node, root, path);
    for (const [name, member] of membersOf(here, node)) {
      visit(member, node === undefined ? undefined : childOf(node, name), [...path, name]);
    }
  };
  visit(shape, root, []);
  return known;
}

function membersOf(shape: Shape, node: ConfigNode | undefined): [string, Shape][] {
  switch (shape.kind) {
    case 'object':
      return [...shape.fields].map(([name, field]) => [name, field.shape]);
    case 'record':
      return node?.kind === 'map' ? [...node.members.keys()].map((name) => [name, shape.item]) : [];
    case 'either':
      return shape.options.flatMap((option) => (option.kind === 'object' ? membersOf(option, node) : []));
    default:
      return [];
  }
}

function adviceOn(name: string, known: ReadonlyMap<string, readonly Path[]>): string {
  const names = [...known.values()].flat().map(variableOf);
  const bare = (variable: string) => variable.slice(PREFIX.length);
  const near = nearestWord(bare(name), names.map(bare));
  return near === undefined
    ? 'sets no option; `forewarm config print` lists them, and what is named in the file must exist there'
    : `sets no option; did you mean ${PREFIX}${near}?`;
}
