/** Trying dead letters again: those that the filter selects, which the server counts first and then queues. */
import { useSignal } from '@preact/signals';
import { counted } from '../../format/numbers.ts';
import { asApiError } from '../../loader.ts';
import { Action } from '../../parts/button.tsx';
import { confirm } from '../../parts/confirm.tsx';
import { Name } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { addressOf } from '../../router.ts';
import { client } from '../../session.ts';
import type { Which } from './dead-letters.tsx';

export function Redrive({ which, done }: { readonly which: Which; readonly done: () => void }) {
  const busy = useSignal(false);
  const ask = async () => {
    if (busy.value) return;
    busy.value = true;
    await askRedrive(which, done).catch((thrown: unknown) => toast(asApiError(thrown).message));
    busy.value = false;
  };
  return (
    <Action scope="admin" onClick={() => void ask()}>
      {busy.value ? 'Counting…' : 'Try again'}
    </Action>
  );
}

async function askRedrive(which: Which, done: () => void): Promise<void> {
  // What fails while the question is read was not asked about: `until` leaves it out.
  const { matching, until } = await client.peek().redriveDeadLetters({ body: { ...which, dryRun: true } });
  if (matching === 0) return toast('There is nothing to try again.');
  const chosen = Object.entries(which).filter(([, value]) => value !== undefined);
  confirm({
    title: 'Try these again?',
    children: (
      <>
        <p>
          {counted(matching, 'dead letter')}:{' '}
          {chosen.length === 0 ? (
            'all there are'
          ) : (
            <Name text={chosen.map(([name, value]) => `${name} ${value}`).join(', ')} most={200} />
          )}
          .
        </p>
        <p class="muted">Keys become a run of their own, and jobs go back to their lane.</p>
      </>
    ),
    keys: matching,
    thing: 'dead letter',
    verb: 'Try again',
    act: async (why) => {
      const body = { ...which, why, until: until ?? undefined };
      const { redriven, left, run } = await client.peek().redriveDeadLetters({ body });
      toast(<Redriven redriven={redriven} left={left} run={run} />);
      done();
    },
  });
}

function Redriven(props: { readonly redriven: number; readonly left: number; readonly run: string | null }) {
  const { redriven, left, run } = props;
  return (
    <>
      {counted(redriven, 'dead letter')} queued again
      {left > 0 && `, ${counted(left, 'other')} not: gone meanwhile, or of no source any more`}
      {run !== null && (
        <>
          : <a href={addressOf('run', { id: run })}>the run of their keys</a>
        </>
      )}
    </>
  );
}
