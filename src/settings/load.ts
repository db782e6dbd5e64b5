/**
 * Reads, checks and freezes the configuration: `loadSettings` is all that the rest of the house calls.
 *
 * 1. `document/` reads YAML into a tree of nodes, each of which knows its position: a line of the file, a variable or a flag.
 *    Texts with `${NAME}` are substituted while they are read. Variables and flags are then put into the tree as further layers:
 *    flags win over variables, those over the file, and that over defaults.
 * 2. `shape/` reads the schema as data (`shapeOf`): what may stand where. `complete` uses it to put in defaults, to make paths
 *    absolute, and to read texts from variables as what is wanted. The reference page and the JSON Schema come from it, too.
 * 3. `parts.ts` checks the whole tree by the schema, and each entry by itself, so that one mistake hides no other.
 * 4. `checks/` looks at what must hold between parts.
 * 5. `build.ts` makes `Settings` of it, frozen all the way down.
 *
 * What must stay true: owners declare their options beside their code, and this folder only collects them; every finding names
 * the file, line, path and value, and all of them are reported at once; no message shows a secret, however malformed the value.
 */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { textOfBytes } from '../core/text.ts';
import { within } from '../flow/deadline.ts';
import { collect, piecesOf, tooLong } from '../flow/files.ts';
import { PATIENCE } from '../flow/patience.ts';
import { buildSettings } from './build.ts';
import { crossFindings } from './checks/checks.ts';
import { complete, type FolderOf } from './document/complete.ts';
import { type ConfigNode, nodeAt, nodeOf, withValue } from './document/config-node.ts';
import { readDocument } from './document/document.ts';
import { configError, type Finding } from './document/finding.ts';
import { leavesOf } from './document/leaves.ts';
import { secretsInPaths } from './document/secrets-in-paths.ts';
import type { Environment } from './document/substitute.ts';
import { longVariables, withVariables } from './document/variables.ts';
import { partsOf } from './parts.ts';
import { settingsSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import { shapeOf } from './shape/shape-of.ts';

/** A value that a flag sets. */
export interface Override {
  /** Dotted, such as `api.port`. */
  readonly path: string;
  /** Text is read as what the option wants. */
  readonly value: unknown;
  /** The flag, for messages and `config print`. */
  readonly origin: string;
}

export interface LoadOptions {
  /** Absent: FOREWARM_CONFIG, else the first that exists of `config/forewarm.yaml` and `forewarm.yaml`. */
  readonly file?: string;
  /** The configuration itself, in place of a file: what the file would hold, as an object. Relative paths begin at `folder`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env: Environment;
  readonly overrides?: readonly Override[];
  /** What relative paths of flags and variables, and `file`, are taken from. Absent: the working directory. */
  readonly folder?: string;
  /** Bounds the wait for a file that is a pipe. Absent: the machine's. */
  readonly clock?: Clock;
}

/** Stands for the file's name, where there is none. */
const GIVEN = '(config)';
/** Of a configuration, in bytes: ten thousand sources have a quarter of it. YAML is read at once, and takes a second or two for each megabyte. */
const LARGEST = 4_000_000;
const USUAL_FILES = ['config/forewarm.yaml', 'forewarm.yaml'];

/** Rejects with E_CONFIG_NOT_FOUND, or with E_CONFIG_INVALID and every problem in `details.problems`. */
export async function loadSettings(options: LoadOptions): Promise<Settings> {
  const { env, overrides = [], folder = process.cwd() } = options;
  const { file, text } = await readConfig(options, folder);
  const shown = shownPath(file, folder);
  const unusable = longVariables(env);
  if (unusable.length > 0) throw configError(unusable, shown);
  const document = readDocument(text, env);
  if (document.tree === undefined) throw configError(document.findings, shown);
  const shape = shapeOf(settingsSchema);
  const variables = withVariables(shape, withRedisUrl(document.tree, env), env);
  const tree = withDiskInData(overrides.reduce(withOverride, variables.tree));
  const root = complete(shape, tree, foldersFor(file, folder));
  const secrets = secretsInPaths(shape, root, env);
  const parts = partsOf(root, shape);
  const before = [...document.findings, ...variables.findings];
  const findings = [...before, ...notTwice(before, [...parts.findings, ...crossFindings(root, parts)])];
  const { whole } = parts;
  if (findings.length > 0 || whole === undefined) throw configError(findings, shown, secrets);
  const leaves = leavesOf({ shape, root, file: shown, secrets });
  return buildSettings({ file, leaves, secrets }, { ...parts, whole });
}

async function readConfig(
  { file, config, env, clock = systemClock }: LoadOptions,
  folder: string,
): Promise<{ readonly file: string; readonly text: string }> {
  // JSON is YAML.
  if (config !== undefined) return { file: resolve(folder, GIVEN), text: givenText(config) };
  const named = file ?? (env.FOREWARM_CONFIG || undefined);
  for (const candidate of named === undefined ? USUAL_FILES : [named]) {
    const path = resolve(folder, candidate);
    try {
      return { file: path, text: textOfBytes(await readWhole(path, clock)) };
    } catch (cause) {
      if (named === undefined && isMissing(cause)) continue;
      const why = isMissing(cause) ? 'there is no such file' : messageOf(cause);
      throw notFound(`configuration "${shownPath(path, folder)}" cannot be read: ${why}`, path, cause);
    }
  }
  throw notFound(
    `no configuration: there is neither ${USUAL_FILES.join(' nor ')} in ${folder}; name one with --config or FOREWARM_CONFIG`,
    undefined,
    undefined,
  );
}

function givenText(config: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(config, null, 2);
  if (Buffer.byteLength(text) <= LARGEST) return text;
  const { message } = tooLong(LARGEST);
  throw new ForewarmError('E_CONFIG_INVALID', `the configuration that was given ${message}, as JSON`);
}

/** A file, or what a shell puts in the place of one. */
function readWhole(path: string, clock: Clock): Promise<Uint8Array> {
  const late = () => new Error(`whoever writes to it did not end within ${PATIENCE.module / 1_000} s`);
  return within(clock, PATIENCE.module, () => collect(piecesOf(path), LARGEST), late);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function notFound(message: string, file: string | undefined, cause: unknown): ForewarmError {
  return new ForewarmError('E_CONFIG_NOT_FOUND', message, { details: { file: file ?? null }, cause });
}

/** As a person at `folder` would write it. */
function shownPath(file: string, folder: string): string {
  const path = relative(folder, file);
  return path.startsWith('..') ? file : path;
}

/** REDIS_URL counts where the configuration names no server. */
function withRedisUrl(tree: ConfigNode, env: Environment): ConfigNode {
  const path = ['redis', 'jobs'];
  const node = nodeAt(tree, path);
  const isSet = node !== undefined && !(node.kind === 'scalar' && node.value === null);
  if (isSet || !env.REDIS_URL) return tree;
  return withValue(tree, path, nodeOf(env.REDIS_URL, { from: 'variable', name: 'REDIS_URL' }, true));
}

/** The file of the disk tier lies in `data`, unless it is named. */
function withDiskInData(tree: ConfigNode): ConfigNode {
  const data = nodeAt(tree, ['data']);
  const path = ['tiers', 'disk', 'path'];
  if (data?.kind !== 'scalar' || typeof data.value !== 'string' || data.value === '') return tree;
  if (nodeAt(tree, path) !== undefined) return tree;
  return withValue(tree, path, nodeOf(join(data.value, 'cache.db'), data.position, data.soft));
}

function withOverride(tree: ConfigNode, { path, value, origin }: Override): ConfigNode {
  const position = { from: 'flag', name: origin } as const;
  return withValue(tree, path.split('.'), nodeOf(value, position, true));
}

/**
 * Paths of the file are taken from its folder, those of variables and flags from the working directory. Defaults belong
 * to the project: the file's folder, or the one above it where that is called `config`.
 */
function foldersFor(file: string, folder: string): FolderOf {
  const home = dirname(file);
  const project = basename(home) === 'config' ? dirname(home) : home;
  return ({ from }) => (from === 'file' ? home : from === 'default' ? project : folder);
}

/** Leaves out what is said of a value that was found wrong before. */
function notTwice(before: readonly Finding[], findings: readonly Finding[]): Finding[] {
  const wrong = new Set(before.map(({ path }) => path.join('.')));
  return findings.filter(({ path }) => path.length === 0 || !wrong.has(path.join('.')));
}
