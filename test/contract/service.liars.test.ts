/** For each clause of the contract of services, a broken service that it must reject. */
import type { Timer } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import type { Service } from '../../src/flow/service.ts';
import { TierRepairer } from '../../src/workers/tier-repairer.ts';
import { Held } from '../support/held.ts';
import { liar } from './liar.ts';
import { SERVICE_CLAUSES, type ServiceSubject } from './service.ts';
import { describeContract, describeLiars } from './suite.ts';

interface Honest extends ServiceSubject {
  readonly clock: Held['clock'];
}

function create(): Honest {
  const held = new Held();
  const begun = Promise.withResolvers<void>();
  const repair = () => {
    begun.resolve();
    return new Promise<never>(() => undefined);
  };
  const service = new TierRepairer({ repair, clock: held.clock, events: new Events(), every: 5 });
  return { service, held: held.count, busy: () => begun.promise, clock: held.clock };
}

const lying =
  (lie: (service: Service, honest: Honest) => Partial<Service>) =>
  (honest: Honest): Honest => ({ ...honest, service: liar(honest.service, lie(honest.service, honest)) });

/** Longer than any test. */
const LONG_MS = 600_000;

describeContract('the contract of services, on the one that lies below', SERVICE_CLAUSES, create);

describeLiars<Honest>('the contract of services', SERVICE_CLAUSES, create, {
  'has a name that can stand in a log line': lying(() => ({ name: 'The Repairer' })),
  'can be stopped before it starts': lying((service) => {
    let isStarted = false;
    return {
      start: async () => {
        isStarted = true;
        await service.start();
      },
      stop: async (deadline) => {
        if (!isStarted) throw new Error('it never started');
        await service.stop(deadline);
      },
    };
  }),
  'can be started twice, and holds no more than once': lying((service, { clock }) => ({
    start: async () => {
      clock.after(LONG_MS, () => undefined);
      await service.start();
    },
  })),
  'holds nothing once it has stopped': lying((service, { clock }) => ({
    stop: async (deadline) => {
      await service.stop(deadline);
      clock.after(LONG_MS, () => undefined);
    },
  })),
  'can be stopped twice, also at the same time': lying((service) => {
    let stops = 0;
    return {
      stop: async (deadline) => {
        stops += 1;
        if (stops > 1) throw new Error('it has stopped');
        await service.stop(deadline);
      },
    };
  }),
  'can be stopped while it starts': lying((service, { clock }) => {
    let timer: Timer | undefined;
    return {
      start: async () => {
        await service.start();
        timer = clock.after(LONG_MS, () => undefined);
      },
      stop: async (deadline) => {
        timer?.cancel();
        await service.stop(deadline);
      },
    };
  }),
  'can be started again': lying((service) => {
    let isOver = false;
    return {
      start: async () => {
        if (isOver) throw new Error('it has stopped');
        await service.start();
      },
      stop: async (deadline) => {
        isOver = true;
        await service.stop(deadline);
      },
    };
  }),
  'stops by its deadline, whatever it is working on': lying(() => ({
    stop: () => new Promise<never>(() => undefined),
  })),
});
