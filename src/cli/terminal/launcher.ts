/**
 * Whether the npm that started this process is still there. npm and npx start a program through a shell, pass only some signals on, and
 * to the shell alone: ended by a service manager, they leave the program running with nobody to stop it. So it watches the
 * processes between itself and npm.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Beyond this many processes, npm did not start this one but something that did. */
const FARTHEST = 3;
const PACKAGE_MANAGER = /^(npm|npx|pnpm|yarn|bun)\b|\/(npm|npx|pnpm|yarn)(-cli)?(\.[cm]?js)?$/;
/** This program under an old Node, which hands over to a new one. */
const OURS = /(^|\/)forewarm(\.mjs)?$/;
const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh']);

export interface Processes {
  /** The process that started this one; undefined once that is gone. */
  parentOf(pid: number): number | undefined;
  /** The words that it was started with. */
  wordsOf(pid: number): readonly string[];
}

/** What Linux tells of processes; elsewhere nothing is known. */
export const systemProcesses: Processes = {
  parentOf(pid) {
    // The second field is a name in parentheses, which may hold anything.
    const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
    return fields === undefined || fields[0] === 'Z' ? undefined : Number(fields[1]);
  },
  wordsOf: (pid) => read(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean) ?? [],
};

/**
 * Returns a function that says whether all between this process and npm still are where they were; undefined where npm did not
 * start it.
 */
export function launcherWatch(self: number, { parentOf, wordsOf }: Processes): (() => boolean) | undefined {
  const chain: (readonly [child: number, parent: number])[] = [];
  for (let child = self; chain.length < FARTHEST; ) {
    const parent = parentOf(child);
    if (parent === undefined) return undefined;
    chain.push([child, parent]);
    const words = wordsOf(parent);
    if (isPackageManager(words)) return () => chain.every(([of, expected]) => parentOf(of) === expected);
    if (!SHELLS.has(basename(words[0] ?? '')) && !OURS.test(words[1] ?? '')) return undefined;
    child = parent;
  }
  return undefined;
}

/** npm puts its own command in the place of its words. */
function isPackageManager([first = '', second = '']: readonly string[]): boolean {
  return PACKAGE_MANAGER.test(first) || PACKAGE_MANAGER.test(second);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
