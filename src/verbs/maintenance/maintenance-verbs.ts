/** The verbs that look after what is stored, put together. */
import { type BenchParts, bench } from './bench.ts';
import { exportEntries } from './export.ts';
import { type ImportParts, importEntries } from './import.ts';
import type { CareVerbs } from './maintenance.ts';
import { type PurgeParts, purge } from './purge.ts';
import type { StoredParts } from './stored.ts';
import { type ValidateParts, validate } from './validate.ts';

export type CareParts = StoredParts & ImportParts & PurgeParts & ValidateParts & BenchParts;

export function careVerbs(parts: CareParts): CareVerbs {
  return {
    export: (request, signal) => exportEntries(parts, request, signal),
    import: (input, request, watch) => importEntries(parts, input, request, watch),
    purge: (request, signal) => purge(parts, request, signal),
    validate: (request, watch) => validate(parts, request, watch),
    bench: (request, signal) => bench(parts, request, signal),
  };
}
