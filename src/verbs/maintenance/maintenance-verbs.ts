/** The verbs that look after what is stored, put together. */
import { type BenchDeps, bench } from './bench.ts';
import { exportEntries } from './export.ts';
import { type ImportDeps, importEntries } from './import.ts';
import type { MaintenanceVerbs } from './maintenance.ts';
import { type PurgeDeps, purge } from './purge.ts';
import type { StoredDeps } from './stored.ts';
import { type ValidateDeps, validate } from './validate.ts';

export type MaintenanceDeps = StoredDeps & ImportDeps & PurgeDeps & ValidateDeps & BenchDeps;

export function maintenanceVerbs(deps: MaintenanceDeps): MaintenanceVerbs {
  return {
    export: (request, signal) => exportEntries(deps, request, signal),
    import: (input, request, watch) => importEntries(deps, input, request, watch),
    purge: (request, signal) => purge(deps, request, signal),
    validate: (request, watch) => validate(deps, request, watch),
    bench: (request, signal) => bench(deps, request, signal),
  };
}
