/**
 * "I cannot" is handed back: a job that this process lacks something for (a source, an entity set, a file) goes back untouched,
 * for another worker, as long as a live one has it. So processes of an old and a new configuration share the work of a deploy.
 */
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Temperature } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Ending } from '../queue/queue.ts';

export interface HandBackDeps {
  readonly registry: Pick<Registry, 'processes'>;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly events: Events;
}

/** How long a job that was handed back waits for another worker, in ms. */
const AGAIN_MS = 1_000;
/** A file that cannot be read here may be readable to another worker: for so long after the job's first try, in ms. */
const FILE_MS = 15_000;
/** Things that were said; beyond that they are said again. */
const MOST_SAID = 1_000;

type Later = Extract<Ending, { kind: 'later' }>;

export class HandBack {
  readonly #deps: HandBackDeps;
  readonly #said = new Set<string>();
  /** When a file could first not be read, by what was said of it: monotonic ms. */
  readonly #unreadable = new Map<string, number>();

  constructor(deps: HandBackDeps) {
    this.#deps = deps;
  }

  /** Work for a source that is not configured here. Undefined: no live worker knows it. */
  async ofSource(name: string): Promise<Later | undefined> {
    const knowing = await this.#workers(({ sources }) => Object.hasOwn(sources, name));
    return knowing === 0 ? undefined : this.#later(`source "${name}" is not configured in this worker`);
  }

  /** A job that failed with this error. Undefined: no other worker would do better. */
  async ofError(error: unknown): Promise<Later | undefined> {
    if (!(error instanceof ForewarmError)) return undefined;
    const { code, details } = error;
    if (code === 'E_SELECTOR_INVALID') {
      if (typeof details.source === 'string') return this.ofSource(details.source);
      const set = details['entity set'];
      if (typeof set !== 'string') return undefined;
      const knowing = await this.#workers(({ entities }) => entities.includes(set));
      return knowing === 0 ? undefined : this.#later(`entity set "${set}" is not configured in this worker`);
    }
    return code === 'E_ENTITIES_INVALID' && isUnreadable(error) ? this.#ofFile(messageOf(error)) : undefined;
  }

  /** Sources of this temperature that only other live workers know. */
  async foreignSources(temperature: Temperature): Promise<readonly string[]> {
    const { registry, sources, clock } = this.#deps;
    const names = new Set<string>();
    for (const { knows } of await registry.processes(clock.now())) {
      for (const [name, of] of Object.entries(knows?.sources ?? {})) {
        if (of === temperature && !sources.has(name)) names.add(name);
      }
    }
    return [...names];
  }

  /** Whoever has the file does it; where nobody does, the job fails when each has had its chance. */
  async #ofFile(reason: string): Promise<Later | undefined> {
    const now = this.#deps.clock.elapsed();
    const since = this.#unreadable.get(reason) ?? now;
    if (now - since > FILE_MS || (await this.#workers(() => true)) < 2) {
      this.#unreadable.delete(reason);
      return undefined;
    }
    this.#unreadable.set(reason, since);
    return this.#later(reason);
  }

  /** How many live workers know this. One of another version, which does not tell, may. */
  async #workers(knows: (names: NonNullable<ProcessBeat['knows']>) => boolean): Promise<number> {
    const { registry, clock } = this.#deps;
    const live = await registry.processes(clock.now());
    return live.filter(
      (process) => process.roles.includes('worker') && (process.knows === undefined || knows(process.knows)),
    ).length;
  }

  #later(reason: string): Later {
    const { events, clock } = this.#deps;
    if (!this.#said.has(reason)) {
      if (this.#said.size >= MOST_SAID) this.#said.clear();
      this.#said.add(reason);
      events.emit('job:handed-back', { reason });
    }
    return { kind: 'later', at: clock.now() + AGAIN_MS, reason: `${reason}; another one does it` };
  }
}

/** What the system says of a file that is not there, or not for us. */
const UNREADABLE = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'EIO', 'ESTALE']);

function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return (typeof code === 'string' && UNREADABLE.has(code)) || isUnreadable(error.cause);
}
