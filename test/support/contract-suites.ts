/**
 * Holds the contracts table of `docs/architecture.md` against `test/contract`: each contract has a file of clauses, and a
 * file of liars that shows that each clause can fail. Both are named after the contract; those of the verbs are in `verbs.ts`.
 */
export interface TableRow {
  readonly contract: string;
  readonly file: string;
}

export function contractsIn(markdown: string): TableRow[] {
  const section = /^## Contracts$([\s\S]*?)(?=^## )/m.exec(`${markdown}\n## `)?.[1] ?? '';
  return [...section.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, contract = '', file = '']) => ({
    contract,
    file,
  }));
}

/** `files`: the names of those in `test/contract`. */
export function suiteProblems(rows: readonly TableRow[], files: readonly string[]): string[] {
  return rows.flatMap(({ contract, file }) => {
    const name = file.startsWith('src/verbs/') ? 'verbs' : kebabOf(contract);
    if (!files.includes(`${name}.ts`)) return [`${contract} has no test/contract/${name}.ts`];
    if (!files.includes(`${name}.liars.test.ts`)) return [`${contract} has no ${name}.liars.test.ts`];
    return [];
  });
}

function kebabOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, '-$&').toLowerCase();
}
