import type { ComponentChildren } from 'preact';
import type { Run, RunDiff } from '../../../../src/api-client/client.ts';
import { counted, exact, percent } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { anyOr, type Choice, Choose } from '../../parts/choose.tsx';
import { Badge, Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Name, To, Told } from '../../parts/text.tsx';
import type { Tone } from '../../parts/tone.ts';
import { useQuery } from '../../query.ts';
import { filter, param } from '../../router.ts';

const SAMPLES = 10;
/** Of a selector that earlier runs are looked for by. */
const LONGEST_TEXT = 100;

/** What is new in a run against the one before it, or against another one. */
export function Difference({ run }: { readonly run: Run }) {
  const to = param('to');
  return (
    <Card title="What is new" wide aside={<OtherRun run={run} to={to} />}>
      {run.state === 'ended' ? (
        <Compared key={to} run={run} to={to} />
      ) : (
        <p class="muted">It is compared once it has ended.</p>
      )}
    </Card>
  );
}

/** Which run it is compared with. */
function OtherRun({ run, to }: { readonly run: Run; readonly to: string | undefined }) {
  const query = useQuery('latest runs', ['runs'], (api, signal) => api.listRuns({ limit: 50 }, { signal }));
  const others = (query.data?.runs ?? []).filter(({ id, state }) => id !== run.id && state === 'ended');
  const choices = others.map(
    ({ id, schedule }): Choice => [id, schedule === null ? id : `${id}, ${schedule}`],
  );
  return (
    <Choose
      class="beside"
      label="against"
      value={to ?? ''}
      choices={anyOr('the one before it', choices)}
      change={(id) => filter({ to: id })}
    />
  );
}

interface ComparedOf {
  readonly run: Run;
  readonly to: string | undefined;
}

/** A comparison with nothing is not asked for: the browser would note an error. */
function Compared({ run, to }: ComparedOf) {
  const { id, schedule, selector, createdAt } = run;
  const earlier = useQuery(`runs before ${id} ${to ?? ''}`, [], async (api, signal) => {
    if (to !== undefined) return true;
    const alike = schedule === null ? { text: selector.slice(0, LONGEST_TEXT) || undefined } : { schedule };
    const until = new Date(createdAt - 1).toISOString();
    const { runs, cursor } = await api.listRuns({ ...alike, state: 'ended', until, limit: 1 }, { signal });
    return runs.length > 0 || cursor !== null;
  });
  return (
    <Loaded query={earlier} lines={4}>
      {(isThere) => (isThere ? <Against id={id} to={to} /> : <NoEarlier />)}
    </Loaded>
  );
}

function NoEarlier() {
  return <p class="muted">There is no earlier run of the same schedule or selector.</p>;
}

function Against({ id, to }: { readonly id: string; readonly to: string | undefined }) {
  const query = useQuery(`diff ${id} ${to ?? ''}`, [], (api, signal) =>
    api.diffRuns({ id, samples: SAMPLES, ...(to !== undefined && { to }) }, { signal }),
  );
  // That there is none before it is no failure.
  if (query.error?.code === 'E_NOT_FOUND' && to === undefined) return <NoEarlier />;
  return (
    <Loaded query={query} lines={4}>
      {(diff) => <Diff diff={diff} />}
    </Loaded>
  );
}

const KINDS = [
  ['newlyFailing', 'fail now, and did not', 'bad'],
  ['stillFailing', 'fail still', 'warn'],
  ['recovered', 'failed, and were asked for again with success', 'good'],
  ['unasked', 'failed, and were not asked for again', 'calm'],
  ['excluded', 'were left alone, as keys in quarantine are', 'calm'],
  ['came', 'are new in the manifest', 'calm'],
  ['left', 'are in it no more', 'calm'],
] as const;

function Diff({ diff }: { readonly diff: RunDiff }) {
  const found = KINDS.filter(([kind]) => diff[kind].count > 0);
  const slower = diff.sources.filter((each) => each.slower);
  const nothing = found.length + slower.length + diff.slowKeys.length === 0;
  return (
    <>
      <p class="muted">
        Against{' '}
        <To view="run" query={{ id: diff.to }}>
          <Name text={diff.to} />
        </To>
        .{nothing && ' Nothing is new.'}
      </p>
      <ul class="findings">
        {found.map(([kind, meaning, tone]) => (
          <Line key={kind} tone={tone} label={exact(diff[kind].count)}>
            <Keys of={diff[kind]} meaning={meaning} />
          </Line>
        ))}
        {slower.map(({ source, before, after }) => (
          <Line key={source} tone="warn" label="slower">
            <Name text={source} />: a call took {duration(before?.likely)}, and takes{' '}
            {duration(after?.likely)}.
          </Line>
        ))}
        {diff.slowKeys.map(({ key, ms }) => (
          <Line key={key} tone="calm" label="slow">
            <Name text={key} /> took {duration(ms)}.
          </Line>
        ))}
      </ul>
      <Shares diff={diff} />
    </>
  );
}

function Line(props: { readonly tone: Tone; readonly label: string; readonly children: ComponentChildren }) {
  return (
    <li>
      <div>
        <Badge tone={props.tone}>{props.label}</Badge>
      </div>
      <div>{props.children}</div>
    </li>
  );
}

function Keys(props: { readonly of: RunDiff['came']; readonly meaning: string }) {
  const { count, keys } = props.of;
  const more = count - keys.length;
  return (
    <div>
      <p>
        {counted(count, 'key')} {props.meaning}.
      </p>
      <ul>
        {keys.map(({ key, reason }) => (
          <li key={key}>
            <To view="key" query={{ key }}>
              <Name text={key} />
            </To>{' '}
            <span class="muted">
              <Told text={reason} />
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="muted">and {exact(more)} more</p>}
    </div>
  );
}

function Shares({ diff: { coverage } }: { readonly diff: RunDiff }) {
  const moved = coverage.filter(({ before, after }) => before !== after);
  if (moved.length === 0) return null;
  return (
    <p>
      Warm at its end:{' '}
      {moved
        .map(({ tier, before, after }) => `${tier} ${percent(before)} before, ${percent(after)} now`)
        .join('; ')}
      .
    </p>
  );
}
