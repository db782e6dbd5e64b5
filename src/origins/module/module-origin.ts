/**
 * An origin that is a user's own ES module: its default export, made by `defineOrigin`, or the functions that it exports by
 * name. `define-origin.ts` says what they take and give, `docs/modules.md` how to write one. A string of `json` or `raw` is
 * taken as it is, other values of `raw` are written as JSON. What it throws, or gives as `error`, is retryable, unless it has
 * `permanent: true`, or `retryAfter` in ms to slow this origin down.
 */

import { z } from 'zod';
import { absenceOption } from '../../core/absence.ts';
import { budgetOptions } from '../../core/budget.ts';
import { counted } from '../../core/counted.ts';
import { OriginError } from '../../core/errors.ts';
import { path, secret, timerFrom } from '../../core/options.ts';
import { isTellingName } from '../../core/path-secrets.ts';
import type { Source } from '../../core/source.ts';
import { formatDuration } from '../../core/units.ts';
import { orAfter, within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { PROBE_MEANING, probeSchedule } from '../fields.ts';
import {
  type Fetched,
  type ListPages,
  type ListRequest,
  noLists,
  noProbe,
  type Origin,
  type OriginDeps,
  type OriginRequest,
} from '../origin.ts';
import { refusesNone, requestKind } from '../request-kind.ts';
import { failureOf, fetchedFrom } from './module-answers.ts';
import { loadModule, type UserModule } from './user-module.ts';

export const moduleOriginOptions = z.strictObject({
  kind: z.literal('module').describe('An ES module of your own.'),
  module: path().describe('The file; it exports `fetchMany`.'),
  options: z
    .record(z.string(), secret())
    .default({})
    .describe('Handed to the module as `origin.options`, such as an address and credentials.'),
  timeout: timerFrom(1)
    .prefault('30s')
    .describe('A call that has not ended after this long has failed, and is retried.'),
  ...budgetOptions,
  absence: absenceOption,
});
export type ModuleOriginOptions = z.infer<typeof moduleOriginOptions>;

export const moduleRequestOptions = z.strictObject({
  keysPerCall: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('Keys that the module is given per call at most.'),
  versionProbe: z
    .strictObject({ schedule: probeSchedule() })
    .optional()
    .describe(`${PROBE_MEANING} The module exports \`versionOf\`.`),
  options: z
    .record(z.string(), z.unknown().meta({ secret: true }))
    .default({})
    .describe(
      'Handed to the module as `source.options`; never printed, since a module may need a secret there.',
    ),
});

export const moduleRequest = requestKind({
  schema: moduleRequestOptions,
  keysPerCall: (request) => request.keysPerCall,
  probe: (request) => request.versionProbe?.schedule,
  problem: () => undefined,
  refusal: refusesNone,
});

/** The module is loaded by the first call. A call that does not end in time is abandoned, its signal aborted. */
export class ModuleOrigin implements Origin {
  readonly name: string;
  readonly #deps: OriginDeps<ModuleOriginOptions>;
  #loading: Promise<UserModule> | undefined;

  constructor(deps: OriginDeps<ModuleOriginOptions>) {
    this.name = deps.name;
    this.#deps = deps;
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    if (requests.length === 0) return [];
    const { options } = moduleRequestOptions.parse(source.request);
    const asked = { source: { name: source.name, options }, requests: requests.map(ownRequest) };
    const answers = await this.#call('fetchMany', signal, asked, options);
    return this.#checked(answers, source, requests, options);
  }

  async versionOf(source: Source, signal: AbortSignal): Promise<string> {
    const { options, versionProbe } = moduleRequestOptions.parse(source.request);
    if (versionProbe === undefined) throw noProbe(source);
    const asked = { source: { name: source.name, options } };
    const version = await this.#call('versionOf', signal, asked, options);
    if (typeof version === 'string' && version !== '') return version;
    throw new OriginError(
      'permanent',
      `module origin "${this.name}" gave ${JSON.stringify(version)} for the version of source "${source.name}"; it must be text`,
    );
  }

  /** A module of an entity set gives rows of its own. */
  listPages(list: ListRequest): ListPages {
    throw noLists(this.name, list);
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.#call('probe', signal, {});
  }

  /** Whatever the module does in its `close`, the process goes on to end. */
  async close(): Promise<void> {
    // One that was never loaded to its end has nothing to close, and one that never closes must not keep the process.
    const closed = this.#loading?.then((module) => module.close(undefined)).catch(() => undefined);
    this.#loading = undefined;
    if (closed !== undefined) await orAfter(this.#deps.clock, PATIENCE.close, closed, () => undefined);
  }

  /** Of the origin all that it is told; of a source what is named like a secret: most of that are words of the module's own. */
  #secretsWith(ofSource: Readonly<Record<string, unknown>>): string[] {
    const telling = Object.entries(ofSource).filter(([name]) => isTellingName(name));
    const texts = telling.map(([, value]) => value).filter((value) => typeof value === 'string');
    return [...Object.values(this.#deps.options.options), ...texts];
  }

  async #call(
    verb: 'fetchMany' | 'versionOf' | 'probe',
    signal: AbortSignal,
    argument: object,
    ofSource: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> {
    const { clock, options } = this.#deps;
    const origin = { name: this.name, options: options.options };
    const late = () =>
      new OriginError(
        'retryable',
        `${verb} of module origin "${this.name}" did not end within ${formatDuration(options.timeout)}`,
      );
    const work = async (over: AbortSignal) => {
      try {
        this.#loading ??= loadModule(this.name, options.module);
        return await (await this.#loading)[verb]({ origin, ...argument, signal: over });
      } catch (thrown) {
        throw failureOf(this.name, thrown, { now: clock.now(), secrets: this.#secretsWith(ofSource) });
      }
    };
    return within(clock, options.timeout, work, late, signal);
  }

  #checked(
    answers: unknown,
    { format }: Source,
    requests: readonly OriginRequest[],
    ofSource: Readonly<Record<string, unknown>>,
  ): Fetched[] {
    const { name } = this;
    if (!Array.isArray(answers) || answers.length !== requests.length) {
      const found = Array.isArray(answers) ? counted(answers.length, 'answer') : `a ${typeof answers}`;
      throw new OriginError(
        'permanent',
        `module origin "${name}" gave ${found} to ${counted(requests.length, 'request')}; it must give one answer to each`,
        { refusesBatch: true },
      );
    }
    const [now, secrets] = [this.#deps.clock.now(), this.#secretsWith(ofSource)];
    return requests.map((request, i) => fetchedFrom({ name, format, request, now, secrets }, answers[i]));
  }
}

/** The module's own: what it changes in it is not what is asked again. Options are settings, which nobody can change. */
function ownRequest({ key, params, known }: OriginRequest): OriginRequest {
  return { key, params: { ...params }, known: known === undefined ? undefined : { ...known } };
}
