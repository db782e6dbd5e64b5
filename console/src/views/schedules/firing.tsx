/** Making a schedule fire now. First the server says how many keys that concerns. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Schedule } from '../../../../src/api-client/client.ts';
import { counted, exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { asApiError } from '../../loader.ts';
import { Action } from '../../parts/button.tsx';
import { confirm } from '../../parts/confirm.tsx';
import { Name } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { addressOf } from '../../router.ts';
import { client } from '../../session.ts';
import { deedOf } from './words.ts';

interface Reach {
  /** Null: not known. */
  readonly keys: number | null;
  readonly says: ComponentChildren;
}

/** Planning a run may take long; whoever waits wants to know within that, in ms. */
const PATIENCE_MS = 10_000;

export function Fire({ schedule, done }: { readonly schedule: Schedule; readonly done: () => void }) {
  const busy = useSignal(false);
  const ask = async () => {
    if (busy.value) return;
    busy.value = true;
    const reach = await reachOf(schedule).catch((thrown: unknown) => unknownReach(thrown));
    busy.value = false;
    askFire(schedule, reach, done);
  };
  return (
    <Action scope="warm" onClick={() => void ask()}>
      {busy.value ? 'Counting…' : 'Fire now'}
    </Action>
  );
}

function askFire(schedule: Schedule, { keys, says }: Reach, done: () => void): void {
  const { name, paused } = schedule;
  confirm({
    title: 'Fire this schedule now?',
    children: (
      <>
        <p>
          <Name text={name} most={60} /> {deedOf(schedule)}. {says}
        </p>
        <p class="muted">Its times stay as they are{paused === null ? '' : ', and so does its pause'}.</p>
      </>
    ),
    keys,
    verb: 'Fire',
    act: async (why) => {
      const { run } = await client.peek().triggerSchedule({ name, body: { why } });
      toast(run === null ? `${name} fired.` : <Fired name={name} run={run} />);
      done();
    },
  });
}

function Fired({ name, run }: { readonly name: string; readonly run: string }) {
  return (
    <>
      {name} fired: <a href={addressOf('run', { id: run })}>its run</a>
    </>
  );
}

async function reachOf({ name, kind, selector }: Schedule): Promise<Reach> {
  const options = { timeout: PATIENCE_MS };
  if (kind === 'run') {
    const { keys, likely } = await client.peek().plan({ body: { schedule: name } }, options);
    const time = likely === null ? '' : `, likely within ${duration(likely.likely)}`;
    return {
      keys: keys.total,
      says: `Of ${counted(keys.total, 'key')} it fetches ${exact(keys.fetch)}${time}.`,
    };
  }
  if (kind === 'refresh' || kind === 'recover') {
    const { keys, exactness } = await client.peek().countKeys({ selector }, options);
    const about = exactness === 'exact' ? '' : 'about ';
    return { keys, says: `Of ${about}${counted(keys, 'key')} it fetches what it finds due.` };
  }
  return { keys: 0, says: '' };
}

function unknownReach(thrown: unknown): Reach {
  return { keys: null, says: `How many keys that concerns cannot be said: ${asApiError(thrown).message}` };
}
