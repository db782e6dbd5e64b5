/** What a process loads before it is asked for anything: its entry points, and what they import, but for types and what is imported on demand. */
import { posix } from 'node:path';
import type { SourceFile } from './architecture.ts';

/** What wires a process, and what it loads beside that for the role `api`. */
const ENTRIES = ['src/app/compose.ts', 'src/api/control-api.ts', 'src/api/redis-idempotency.ts'];

/** Of `src/verbs` beside shapes: what stands around all verbs, small views, the stream of changes, which loads its feed itself, and readiness. */
const EAGER = [
  /^src\/verbs\/(?:verbs|bounded|breaker|metrics-view|statistics-view)\.ts$/,
  /^src\/verbs\/audit\/(?:audited|actions|action-verbs|note)\.ts$/,
  /^src\/verbs\/changes\/changes\.ts$/,
  /^src\/verbs\/health\/(?:health|readiness|doctor-check|checks\/redis\/writes|checks\/tiers\/roundtrip)\.ts$/,
];
/** What verbs take and return: the API describes itself with these. */
const SHAPES = /^src\/verbs\/(?:.+\/)?(?:\w+-)*(?:shapes|request|causes)\.ts$/;

/** Code of verbs that every process with the API would load, although most are never asked for it. */
export function eagerVerbProblems(files: readonly SourceFile[]): string[] {
  return [...loadedBy(files, ENTRIES)].flatMap(([path, by]) =>
    !path.startsWith('src/verbs/') || SHAPES.test(path) || EAGER.some((eager) => eager.test(path))
      ? []
      : [
          `${by} loads ${path} at the start; keep shapes in a file of their own, and import the rest on demand`,
        ],
  );
}

/** Each with the file that imports it first. */
function loadedBy(files: readonly SourceFile[], entries: readonly string[]): Map<string, string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const loaded = new Map<string, string>();
  const load = (path: string, by: string): void => {
    const file = byPath.get(path);
    if (file === undefined || loaded.has(path)) return;
    loaded.set(path, by);
    for (const { specifier, loads } of file.imports)
      if (loads && specifier.startsWith('.')) load(posix.join(posix.dirname(path), specifier), path);
  };
  for (const entry of entries) load(entry, 'the wiring');
  return loaded;
}
