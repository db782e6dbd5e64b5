/** Leaving out one coming time of a schedule, or letting it fire after all. */
import type { Schedule } from '../../../../src/api-client/client.ts';
import { confirm } from '../../parts/confirm.tsx';
import { Name } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { client } from '../../session.ts';
import { Own } from './times.tsx';

export interface Skip {
  readonly schedule: Pick<Schedule, 'name' | 'timezone'>;
  readonly at: number;
  /** It is to fire after all. */
  readonly undo: boolean;
}

export function askSkip({ schedule: { name, timezone }, at, undo }: Skip, done: () => void): void {
  confirm({
    title: undo ? 'Let this time fire after all?' : 'Skip this time?',
    children: (
      <>
        <p>
          <Name text={name} most={60} />, <Own at={at} zone={timezone} />
        </p>
      </>
    ),
    keys: 0,
    verb: undo ? 'Let it fire' : 'Skip',
    act: async (why) => {
      await client.peek().skipTick({ name, body: { at, why, undo } });
      toast(undo ? `${name} fires at that time after all.` : `${name} does not fire at that time.`);
      done();
    },
  });
}
