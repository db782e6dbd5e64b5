/** What a service promises, as data: a sentence and the proof of it. `service.liars.test.ts` shows that each can fail. */
import { expect } from 'vitest';
import type { Service } from '../../src/flow/service.ts';
import { within } from '../support/waiting.ts';
import type { Clauses } from './suite.ts';

export interface ServiceSubject {
  /** On the machine's clock. */
  readonly service: Service;
  /** How many timers, connections and sockets the service holds now. */
  readonly held: () => number;
  /** Gives the started service work that never ends; resolves when it has begun. */
  readonly busy: () => Promise<void>;
  /** It has such work as soon as it starts, so each stop lasts until its deadline. */
  readonly isBusyAtOnce?: true;
}

/** How long a service has to stop when nothing keeps it, in ms; and when something does. */
const AMPLE_MS = 5_000;
const SHORT_MS = 200;
/** What a machine under load adds. */
const SLACK_MS = 3_000;

/** A connection that is closed takes a moment to end. */
async function holdsNothing(held: () => number): Promise<void> {
  await expect.poll(held, { timeout: SLACK_MS }).toBe(0);
}

const soon = (isBusyAtOnce?: true) => Date.now() + (isBusyAtOnce ? SHORT_MS : AMPLE_MS);

export const SERVICE_CLAUSES: Clauses<ServiceSubject> = {
  'has a name that can stand in a log line': async ({ service }) => {
    expect(service.name).toMatch(/^[a-z][a-z0-9:-]*$/);
  },

  'can be stopped before it starts': async ({ service, held, isBusyAtOnce }) => {
    await service.stop(soon(isBusyAtOnce));
    await holdsNothing(held);
  },

  'can be started twice, and holds no more than once': async ({ service, held, isBusyAtOnce }) => {
    await service.start();
    const once = held();
    await service.start();
    expect(held()).toBeLessThanOrEqual(once);
    await service.stop(soon(isBusyAtOnce));
  },

  'holds nothing once it has stopped': async ({ service, held, isBusyAtOnce }) => {
    await service.start();
    await service.stop(soon(isBusyAtOnce));
    await holdsNothing(held);
  },

  'can be stopped twice, also at the same time': async ({ service, held, isBusyAtOnce }) => {
    await service.start();
    await Promise.all([service.stop(soon(isBusyAtOnce)), service.stop(soon(isBusyAtOnce))]);
    await service.stop(soon(isBusyAtOnce));
    await holdsNothing(held);
  },

  'can be stopped while it starts': async ({ service, held, isBusyAtOnce }) => {
    const starting = service.start();
    await service.stop(soon(isBusyAtOnce));
    await starting.catch(() => undefined);
    await holdsNothing(held);
  },

  'can be started again': async ({ service, held, busy, isBusyAtOnce }) => {
    await service.start();
    await service.stop(soon(isBusyAtOnce));
    await service.start();
    await within(AMPLE_MS, 'work of the service', busy());
    await service.stop(Date.now() + SHORT_MS);
    await holdsNothing(held);
  },

  'stops by its deadline, whatever it is working on': async ({ service, busy }) => {
    await service.start();
    await within(AMPLE_MS, 'work of the service', busy());
    await within(SHORT_MS + SLACK_MS, 'the end of the service', service.stop(Date.now() + SHORT_MS));
  },
};
