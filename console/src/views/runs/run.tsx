/** One run: how far it is, how its keys ended, what it took against what was planned, and what is new in it. */

import type { Run } from '../../../../src/api-client/client.ts';
import { Action } from '../../parts/button.tsx';
import { confirm } from '../../parts/confirm.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Card, Head } from '../../parts/layout.tsx';
import { Nameless } from '../../parts/nameless.tsx';
import { OutcomeBar, OutcomeLegend } from '../../parts/outcomes.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Ago, Copy, Name, To, Told } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useQuery } from '../../query.ts';
import { param } from '../../router.ts';
import { client } from '../../session.ts';
import { Coverage } from './coverage.tsx';
import { Difference } from './difference.tsx';
import { Failures } from './failures.tsx';
import { Pace, Waits } from './pace.tsx';
import { Report } from './report.tsx';
import { RunState } from './run-state.tsx';

export default function RunView() {
  const id = param('id');
  if (id === undefined)
    return (
      <Nameless title="Run" thing="run" view="runs">
        All runs
      </Nameless>
    );
  return <OneRun key={id} id={id} />;
}

function OneRun({ id }: { readonly id: string }) {
  const query = useQuery(`run ${id}`, ['runs'], (api, signal) => api.readRun({ id }, { signal }));
  const run = query.data;
  return (
    <>
      <Head
        title={run?.schedule ?? <Name text={id} />}
        actions={run !== undefined && run.state !== 'ended' && <Stop run={run} refresh={query.refresh} />}
      >
        <p class="facts">
          <span>
            run <Name text={id} /> <Copy text={id} what="the id of the run" />
          </span>
          {run !== undefined && <Facts run={run} />}
        </p>
      </Head>
      <Loaded query={query} lines={14}>
        {(found) => <Whole run={found} />}
      </Loaded>
    </>
  );
}

function Facts({ run: { selector, cause, schedule, createdAt, named, note } }: { readonly run: Run }) {
  return (
    <>
      <span>
        {named === null ? 'selects ' : ''}
        <Name text={selector === '' ? 'everything' : selector} />
      </span>
      <span>
        made by{' '}
        {schedule === null ? (
          cause
        ) : (
          <To view="schedule" query={{ name: schedule }}>
            {schedule}
          </To>
        )}{' '}
        <Ago at={createdAt} />
        {note !== '' && (
          <>
            {', '}
            <Name text={note} most={700} />
          </>
        )}
      </span>
    </>
  );
}

function Whole({ run }: { readonly run: Run }) {
  return (
    <>
      <Card title="Progress" wide aside={<RunState run={run} />}>
        <div class="tall">
          <OutcomeBar of={run} />
        </div>
        <Pace run={run} />
        <OutcomeLegend of={run} />
        <Waits run={run} />
        {run.endedNote !== '' && (
          <p>
            {run.endedReason}
            {run.endedReason === 'stopped' ? ' ' : ': '}
            <Told text={run.endedNote} most={700} />
          </p>
        )}
        <Gaps run={run} />
      </Card>
      <Failures run={run} />
      <div class="cards">
        <Report run={run} />
        <Coverage run={run} />
      </div>
      <Difference run={run} />
    </>
  );
}

/** What was not in the manifest, although it was selected. */
function Gaps({ run: { unread, shrunk } }: { readonly run: Run }) {
  if (unread.length + shrunk.length === 0) return null;
  return (
    <div class="notice warn">
      <Icon name="warn" />
      <div>
        {unread.map(({ entities, reason }) => (
          <p key={entities}>
            Without the entity set <Name text={entities} />, which could not be read: <Told text={reason} />
          </p>
        ))}
        {shrunk.map(({ source, missing, keys }) => (
          <p key={source}>
            Without {missing} of {keys} keys of <Name text={source} />: no entity set has them any more.
          </p>
        ))}
      </div>
    </div>
  );
}

function Stop({ run, refresh }: { readonly run: Run; readonly refresh: () => void }) {
  const ask = () =>
    confirm({
      title: 'Stop this run?',
      children: (
        <p>Keys without an outcome end as cancelled. What is warm stays warm. It cannot be taken up again.</p>
      ),
      keys: run.pending,
      verb: 'Stop',
      danger: true,
      act: async (why) => {
        await client.peek().stopRun({ id: run.id, body: { why } });
        toast(`Run ${run.id} was stopped.`);
        refresh();
      },
    });
  return (
    <Action scope="warm" danger onClick={ask}>
      Stop the run
    </Action>
  );
}
