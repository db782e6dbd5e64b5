/**
 * The rules of the house, as functions from source files to problems. `test/architecture.test.ts` runs them on the real
 * tree and, so that no rule can rot unseen, on planted violations.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { type Pattern, slowPlaces } from './patterns.ts';

/** What the rules need to know of one source file. */
export interface SourceFile {
  /** From the project's root, such as `src/core/key.ts`. */
  readonly path: string;
  readonly lines: number;
  /** Static, type, re-export and dynamic imports, and `import('...')` types. */
  readonly imports: readonly {
    readonly specifier: string;
    readonly line: number;
    /** Whether the file cannot be loaded without it: no type, and not on demand. */
    readonly loads: boolean;
  }[];
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  readonly interfaces: readonly InterfaceFacts[];
  /** Uses of time, randomness and environment that must be passed in instead. */
  readonly ambient: readonly { readonly what: string; readonly line: number }[];
  /** Bounds put on a wait by hand. */
  readonly races: readonly { readonly what: string; readonly line: number }[];
  readonly patterns: readonly Pattern[];
}

interface InterfaceFacts {
  readonly name: string;
  readonly line: number;
  readonly members: number;
  readonly optional: readonly string[];
  /** True when a member can be called: then it is a contract, and not a record. */
  readonly callable: boolean;
}

/** The tables of `docs/architecture.md`: floors, package owners, contracts. */
export interface House {
  /** The files of the contracts table. */
  readonly contracts: readonly string[];
  readonly floors: ReadonlyMap<string, { readonly floor: number; readonly mayImport: readonly string[] }>;
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

/** A syntax tree node: what the walk below relies on, and no more. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function readTree(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => posix.join(folder, name))
    .sort()
    .map((path) => readSource(path, readFileSync(path, 'utf8')));
}

export function readSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const imports: SourceFile['imports'][number][] = [];
  const functions: SourceFile['functions'][number][] = [];
  const interfaces: InterfaceFacts[] = [];
  const ambient: SourceFile['ambient'][number][] = [];
  const races: SourceFile['races'][number][] = [];
  const patterns: Pattern[] = [];
  walk(program, undefined, (node, parent) => {
    const line = lineAt(node.start);
    const specifier = importOf(node);
    if (specifier !== undefined) imports.push({ specifier, line, loads: loadsAtOnce(node) });
    if (/Function/.test(node.type) && isNode(node.body)) {
      functions.push({ name: nameOf(node, parent), line, lines: lineAt(node.end) - line + 1 });
    }
    if (node.type === 'TSInterfaceDeclaration') interfaces.push(interfaceOf(node, line));
    const what = ambientUse(node, parent);
    if (what !== undefined) ambient.push({ what, line });
    const race = memberOf(node);
    if (RACES.has(race)) races.push({ what: race, line });
    const pattern = patternOf(node);
    if (pattern !== undefined) patterns.push({ ...pattern, line });
  });
  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports,
    functions,
    interfaces,
    ambient,
    races,
    patterns,
  };
}

export function readHouse(markdown: string): House {
  const rows = markdown
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length > 3);
  const words = (cell = '') => cell.replaceAll('`', '').split(/,\s*/);
  const contracts = [
    ...new Set(sectionRows(markdown, 'Contracts').map(([, , file = '']) => file.replaceAll('`', ''))),
  ];
  return {
    contracts,
    floors: readFloors(rows, contracts),
    owners: new Map(
      sectionRows(markdown, 'Package owners').flatMap(([, packages, files]) =>
        words(packages).map((name) => [name, words(files)]),
      ),
    ),
  };
}

function readFloors(rows: readonly string[][], contracts: readonly string[]): House['floors'] {
  const floors = rows.flatMap(([, floor = '', folder = '', , mayImport = '']) =>
    /^\d+$/.test(floor)
      ? [
          {
            folder: nameOfFolder(folder),
            floor: Number(floor),
            entries: mayImport.replaceAll('`', '').split(/,\s*/),
          },
        ]
      : [],
  );
  const floorOf = new Map(floors.map(({ folder, floor }) => [folder, floor]));
  /** `contracts` stands for those of the floors below. */
  const below = (floor: number) =>
    contracts
      .filter((file) => (floorOf.get(folderOf(file)) ?? Number.POSITIVE_INFINITY) < floor)
      .map((file) => file.replace(/^src\//, ''));
  return new Map(
    floors.map(({ folder, floor, entries }) => [
      folder,
      { floor, mayImport: entries.flatMap((entry) => (entry === 'contracts' ? below(floor) : [entry])) },
    ]),
  );
}

/** The folder of a table cell, without the remark that it is to come. */
function nameOfFolder(cell: string): string {
  return /`([^`]+)`/.exec(cell)?.[1] ?? cell;
}

/** Imports of another folder that the floor table does not allow, and folders that it does not name. */
export function floorProblems(files: readonly SourceFile[], { floors }: House): string[] {
  return files.flatMap((file) => {
    const folder = folderOf(file.path);
    const own = floors.get(folder);
    if (own === undefined)
      return [`${file.path}: ${folder} is not in the floor table of docs/architecture.md`];
    return file.imports.flatMap(({ specifier, line }) => {
      const target = resolve(file.path, specifier);
      if (target === undefined || target === 'package.json' || folderOf(target) === folder) return [];
      const inside = target.replace(/^src\//, '');
      const allowed = own.mayImport.some((entry) => inside === entry || inside.startsWith(`${entry}/`));
      return allowed ? [] : [`${file.path}:${line} imports ${target}, which ${folder} may not`];
    });
  });
}

/** Table rows that allow an import of the same floor or of a higher one. */
export function tableProblems({ floors }: House): string[] {
  return [...floors].flatMap(([folder, { floor, mayImport }]) =>
    mayImport
      .filter((entry) => entry !== 'nothing')
      .filter(
        (entry) => (floors.get(`src/${entry.split('/')[0]}`)?.floor ?? Number.POSITIVE_INFINITY) >= floor,
      )
      .map((entry) => `the floor table lets ${folder} import ${entry}, which is not below it`),
  );
}

/** Circles of imports, type imports included. Each is reported once. */
export function cycleProblems(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      file.imports.flatMap(({ specifier }) => resolve(file.path, specifier) ?? []),
    ]),
  );
  const done = new Set<string>();
  const problems: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) problems.push(`circle: ${[...trail.slice(seenAt), path].join(' -> ')}`);
    if (seenAt >= 0 || done.has(path)) return;
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return problems;
}

/** Packages imported by a file that does not own them, and packages without an owner. */
export function ownerProblems(files: readonly SourceFile[], { owners }: House): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      const name = packageOf(specifier);
      if (name === undefined) return [];
      const globs = owners.get(name);
      if (globs?.some((glob) => fits(glob, file.path))) return [];
      const owned = globs === undefined ? 'nobody owns it' : `its owners are ${globs.join(', ')}`;
      return [`${file.path}:${line} imports ${name}; by docs/architecture.md ${owned}`];
    }),
  );
}

export function lengthProblems(files: readonly SourceFile[], longest: number): string[] {
  return files
    .filter((file) => file.lines > longest)
    .map((file) => `${file.path} has ${file.lines} lines; ${longest} are allowed`);
}

export function functionProblems(files: readonly SourceFile[], longest: number): string[] {
  return files.flatMap((file) =>
    file.functions
      .filter(({ lines }) => lines > longest)
      .map(
        ({ name, line, lines }) => `${file.path}:${line} ${name} has ${lines} lines; ${longest} are allowed`,
      ),
  );
}

/** Contracts with too many members, or with optional ones. */
export function contractProblems(files: readonly SourceFile[], { contracts }: House): string[] {
  return files
    .filter((file) => contracts.includes(file.path))
    .flatMap((file) =>
      file.interfaces
        .filter(({ callable }) => callable)
        .flatMap(({ name, line, members, optional }) => [
          ...(members > 12 ? [`${file.path}:${line} ${name} has ${members} members; 12 are allowed`] : []),
          ...optional.map((member) => `${file.path}:${line} ${name}.${member} is optional`),
        ]),
    );
}

/** Uses of the machine's clock, timers, randomness or environment outside the places that may pass them in. */
export function ambientProblems(files: readonly SourceFile[], allowed: readonly string[]): string[] {
  return files
    .filter((file) => !allowed.some((glob) => fits(glob, file.path)))
    .flatMap((file) => file.ambient.map(({ what, line }) => `${file.path}:${line} uses ${what}`));
}

/** `Promise.race` leaves its losers with their timers and listeners; `AbortSignal.timeout` has a clock of its own. */
const RACES = new Set(['Promise.race', 'AbortSignal.timeout']);

/** Waits that are not bounded by the helpers of `src/flow`. */
export function raceProblems(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !fits('src/flow/**', file.path))
    .flatMap((file) =>
      file.races.map(({ what, line }) => `${file.path}:${line} uses ${what}; see src/flow/deadline.ts`),
    );
}

export function patternProblems(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.patterns.flatMap((pattern) =>
      slowPlaces(pattern).map((problem) => `${file.path}:${pattern.line} ${problem}`),
    ),
  );
}

function patternOf({ type, regex }: Node): Omit<Pattern, 'line'> | undefined {
  if (type !== 'Literal' || typeof regex !== 'object' || regex === null) return undefined;
  return { source: String(Reflect.get(regex, 'pattern')), flags: String(Reflect.get(regex, 'flags')) };
}

function walk(value: unknown, parent: Node | undefined, visit: (node: Node, parent?: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, parent, visit);
  if (!isNode(value)) return;
  visit(value, parent);
  for (const field of Object.values(value)) if (typeof field === 'object') walk(field, value, visit);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function importOf(node: Node): string | undefined {
  if (!/^(Import|Export(All|Named))Declaration$|^ImportExpression$|^TSImportType$/.test(node.type)) return;
  const source = node.source;
  return isNode(source) && typeof source.value === 'string' ? source.value : undefined;
}

function loadsAtOnce({ type, importKind = 'value', exportKind = 'value' }: Node): boolean {
  return type.endsWith('Declaration') && importKind === 'value' && exportKind === 'value';
}

function identifier(node: unknown): string | undefined {
  return isNode(node) && typeof node.name === 'string' ? node.name : undefined;
}

function nameOf(node: Node, parent: Node | undefined): string {
  return identifier(node.id) ?? identifier(parent?.id) ?? identifier(parent?.key) ?? 'a function';
}

function interfaceOf(node: Node, line: number): InterfaceFacts {
  const body = isNode(node.body) && Array.isArray(node.body.body) ? node.body.body : [];
  const members = body.filter(isNode);
  return {
    name: identifier(node.id) ?? '',
    line,
    members: members.length,
    optional: members.filter((member) => member.optional === true).map((m) => identifier(m.key) ?? '?'),
    callable: members.some((member) => member.type === 'TSMethodSignature' || isCallable(member)),
  };
}

function isCallable(member: Node): boolean {
  const annotation = member.typeAnnotation;
  const type = isNode(annotation) ? annotation.typeAnnotation : undefined;
  return isNode(type) && type.type === 'TSFunctionType';
}

const AMBIENT_MEMBERS = new Set(['Date.now', 'Math.random', 'process.env', 'performance.now']);
const AMBIENT_CALLS = new Set(['setTimeout', 'setInterval', 'Date']);
const AMBIENT_MODULES = new Set(['node:timers', 'node:timers/promises', 'node:process', 'node:perf_hooks']);

function ambientUse(node: Node, parent: Node | undefined): string | undefined {
  if (node.type === 'ImportDeclaration') {
    const specifier = importOf(node) ?? '';
    const names = Array.isArray(node.specifiers)
      ? node.specifiers.map((each) => identifier(each.imported))
      : [];
    // Yielding to other work takes no time.
    const harmless = names.length > 0 && names.every((name) => name === 'setImmediate');
    return AMBIENT_MODULES.has(specifier) && !harmless ? specifier : undefined;
  }
  if (node.type === 'MemberExpression') {
    const member = memberOf(node);
    if (AMBIENT_MEMBERS.has(member)) return member;
    return /^globalThis\.(setTimeout|setInterval)$/.test(member) ? member : undefined;
  }
  if (node.type === 'NewExpression' && identifier(node.callee) === 'Date') {
    return Array.isArray(node.arguments) && node.arguments.length === 0 ? 'new Date()' : undefined;
  }
  const called = node.type === 'CallExpression' ? identifier(node.callee) : undefined;
  if (called !== undefined && AMBIENT_CALLS.has(called)) return `${called}()`;
  const destructured = parent?.type === 'VariableDeclarator' && node === parent.init;
  const pattern = isNode(parent?.id) && parent.id.type === 'ObjectPattern';
  return destructured && pattern && identifier(node) === 'process' ? 'process' : undefined;
}

/** Such as `Promise.race`; empty for anything but an access to a member. */
function memberOf(node: Node): string {
  return node.type === 'MemberExpression' ? `${identifier(node.object)}.${identifier(node.property)}` : '';
}

function sectionRows(markdown: string, heading: string): string[][] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/** The path of one of our own files; undefined for a package. */
function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

/** The package of a specifier; undefined for our own files and for Node's modules, of which only `node:sqlite` is owned. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined;
  if (specifier.startsWith('node:')) return specifier === 'node:sqlite' ? specifier : undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `*` stands for anything within a folder or file name, `**` for any folders. */
function fits(glob: string, path: string): boolean {
  const pattern = glob
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' })[part] ?? part.replace(/[.+]/g, '\\$&'))
    .join('');
  return new RegExp(`^${pattern}$`).test(path);
}
