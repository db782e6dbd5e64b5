/**
 * "I cannot" is handed back: a job that this process lacks something for (a source, an entity set, a file) goes back untouched,
 * for another worker, as long as a live one has it. So processes of an old and a new configuration share the work of a deploy.
 */

import type { Registry } from '../catalog/registry.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { digestOfNames, type EntityNames, type KnownNames } from '../core/known-names.ts';
import type { Temperature } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Ending } from '../queue/queue.ts';

export interface HandBackDeps {
  readonly registry: Pick<Registry, 'processes'>;
  readonly sources: Sources;
  readonly entities: EntityNames;
  /** Of this process, as it reports itself. */
  readonly id: string;
  /** Of this program. */
  readonly version: string;
  readonly clock: Clock;
  readonly events: Events;
}

/** How long a job that was handed back waits for another worker, in ms. */
const AGAIN_MS = 1_000;
/** A job that this version does not understand waits so long for one that may, in ms: as long as a deploy takes. */
const VERSION_MS = 300_000;
/** A file that cannot be read here may be readable to another worker: for so long after the job's first try, in ms. */
const FILE_MS = 15_000;
/** Things that were said; beyond that they are said again. */
const MOST_SAID = 1_000;

type Later = Extract<Ending, { kind: 'later' }>;

export class HandBack {
  readonly #deps: HandBackDeps;
  readonly #said = new Set<string>();
  /** When this could first not be done: monotonic ms. */
  readonly #since = new Map<string, number>();

  constructor(deps: HandBackDeps) {
    this.#deps = deps;
  }

  /** Work for a source that is not configured here. Undefined: no live worker knows it. */
  async ofSource(name: string): Promise<Later | undefined> {
    const knowing = await this.#workers(({ sources }) => Object.hasOwn(sources, name));
    return knowing === 0 ? undefined : this.#later(`source "${name}" is not configured in this worker`);
  }

  /** The planning of a run that a process of another configuration made: whoever has its configuration knows what "everything" is. */
  async ofNames(names: string): Promise<Later | undefined> {
    const { sources, entities } = this.#deps;
    if (names === digestOfNames(sources.keys(), entities.names())) return undefined;
    const knowing = await this.#workers(
      (other) => names === digestOfNames(Object.keys(other.sources), other.entities),
      { untold: false },
    );
    return knowing === 0
      ? undefined
      : this.#later('a run of another configuration is not planned in this worker');
  }

  /** A job of a kind that this version does not have. */
  async ofKind(kind: string): Promise<Later | undefined> {
    const knowing = await this.#workers(({ jobs }) => jobs?.includes(kind) === true, { untold: false });
    return knowing === 0 ? undefined : this.#later(`job kind "${kind}" is not in this version`);
  }

  /** A job whose payload is not one of this version: left to the workers of others for as long as a deploy takes. */
  async ofPayload(id: string, kind: string): Promise<Later | undefined> {
    const isOther = ({ version }: KnownNames) => version !== this.#deps.version;
    return this.#forAWhile(id, VERSION_MS, `a payload of ${kind} is of another version`, isOther);
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
    return code === 'E_ENTITIES_INVALID' && isUnreadable(error)
      ? this.#forAWhile(messageOf(error), FILE_MS, messageOf(error), () => true)
      : undefined;
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

  /** Whoever can do it does; where nobody does, the job fails when each has had its chance. */
  async #forAWhile(
    what: string,
    ms: number,
    reason: string,
    mayKnow: (names: KnownNames) => boolean,
  ): Promise<Later | undefined> {
    const now = this.#deps.clock.elapsed();
    const since = this.#since.get(what) ?? now;
    if (now - since > ms || (await this.#workers(mayKnow)) === 0) {
      this.#since.delete(what);
      return undefined;
    }
    if (this.#since.size >= MOST_SAID) this.#since.clear();
    this.#since.set(what, since);
    return this.#later(reason);
  }

  /** How many other live workers know this; `untold`: whether one counts that does not tell what it knows. */
  async #workers(knows: (names: KnownNames) => boolean, { untold } = { untold: true }): Promise<number> {
    const { registry, clock, id } = this.#deps;
    const live = await registry.processes(clock.now());
    return live.filter(
      (process) =>
        process.id !== id &&
        process.roles.includes('worker') &&
        (process.knows === undefined ? untold : knows(process.knows)),
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
