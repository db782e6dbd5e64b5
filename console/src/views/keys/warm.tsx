import { type Signal, signal } from '@preact/signals';
import type { Plan } from '../../../../src/api-client/client.ts';
import { counted, exact } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { changed } from '../../live.ts';
import { confirm } from '../../parts/confirm.tsx';
import { Name, To } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { client } from '../../session.ts';
import type { Subject } from './selection-actions.tsx';
import { SelectorShown } from './selector-shown.tsx';

/** Asks for a plan, and then whether to go on. */
export async function confirmWarming(subject: Subject): Promise<void> {
  const { selector } = subject;
  const plan = await client.peek().plan({ body: { selector } });
  const force = signal(false);
  confirm({
    title: `Warm ${counted(plan.keys.total, 'key')}?`,
    keys: plan.keys.total,
    verb: 'Warm',
    children: <Preview subject={subject} plan={plan} force={force} />,
    act: async (why) => {
      const run = await client.peek().createRun({ body: { selector, force: force.peek(), why } });
      changed(['runs', 'keys']);
      toast(
        <>
          <To view="run" query={{ id: run.id }}>
            Run {run.id}
          </To>{' '}
          warms them.
        </>,
      );
    },
  });
}

function Preview(props: { readonly subject: Subject; readonly plan: Plan; readonly force: Signal<boolean> }) {
  const { subject, plan, force } = props;
  return (
    <>
      <SelectorShown {...subject} />
      {force.value ? <p>All of them are fetched, also what is fresh.</p> : <Planned plan={plan} />}
      <Notes plan={plan} />
      <label class="check">
        <input
          type="checkbox"
          checked={force.value}
          onChange={({ currentTarget }) => {
            force.value = currentTarget.checked;
          }}
        />
        <span>Fetch also what is fresh</span>
      </label>
    </>
  );
}

function Planned({ plan: { keys, looked, likely } }: { readonly plan: Plan }) {
  const { total, fetch, alreadyWarm, excluded } = keys;
  return (
    <p>
      {looked < total && 'About '}
      <strong>{exact(fetch)}</strong> would be fetched
      {likely !== null && fetch > 0 && `, likely within ${duration(likely.likely)}`}. {exact(alreadyWarm)} are
      warm already{excluded > 0 && `, ${exact(excluded)} are left alone, such as those in quarantine`}.
    </p>
  );
}

/** What else decides how it will go. */
function Notes({ plan: { failing, unread, notes } }: { readonly plan: Plan }) {
  return (
    <>
      {failing > 0 && <p>The last attempt of {counted(failing, 'key')} failed.</p>}
      {unread.map(({ entities, reason }) => (
        <p key={entities}>
          Entity set <Name text={entities} /> cannot be read now, and is left out: {reason}
        </p>
      ))}
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}
