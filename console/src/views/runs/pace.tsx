import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Run, RunWait } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { exact, percent, rate } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Icon } from '../../parts/icon.tsx';
import { Figure, Figures } from '../../parts/layout.tsx';
import { Ago, Moment, To, Told } from '../../parts/text.tsx';
import { type Progress, restOf, speedOf, withLook } from './progress.ts';

/** How many keys have ended, how fast that goes, and when it will be done. */
export function Pace({ run }: { readonly run: Run }) {
  const done = run.total - run.pending;
  const isOver = run.state === 'ended';
  return (
    <Figures>
      <Figure
        label="Done"
        value={exact(done)}
        note={run.state === 'planning' ? 'its keys are being listed' : `of ${exact(run.total)} keys`}
      />
      <Figure label="Share" value={percent(run.total === 0 ? null : done / run.total)} />
      {!isOver && <Speed run={run} done={done} />}
      <Figure
        label={isOver ? 'Took' : 'For'}
        value={duration((run.endedAt ?? now.value) - run.createdAt)}
        note={run.endedAt === null ? undefined : <Moment at={run.endedAt} />}
      />
      {isOver && (
        <Figure label="Speed" value={overall(run, done)} note="keys, planning and checks included" />
      )}
    </Figures>
  );
}

function overall({ createdAt, endedAt }: Run, done: number): string {
  const ms = (endedAt ?? createdAt) - createdAt;
  return ms <= 0 ? 'unknown' : rate((done * 1_000) / ms);
}

/** By what was seen since the page shows it. While some of its keys wait for an origin, nobody can tell when it ends. */
function Speed({ run, done }: { readonly run: Run; readonly done: number }) {
  const looks = useRef<readonly Progress[]>([]);
  const revision = useRef(-1);
  if (revision.current !== run.revision) {
    revision.current = run.revision;
    looks.current = withLook(looks.current, { at: Date.now(), done });
  }
  const held = run.waits.some((wait) => wait.for !== 'budget' || wait.until !== null);
  const speed = speedOf(looks.current, run.startedAt);
  const rest = held ? undefined : restOf(run.pending, speed);
  return (
    <>
      <Figure label="Speed" value={speed === undefined ? 'unknown' : rate(speed)} note="keys" />
      <Figure
        label="Left"
        value={rest === undefined ? 'unknown' : duration(rest)}
        note={held ? 'as keys of it wait' : 'at that speed'}
      />
    </>
  );
}

/** What it waits for, and until when. */
export function Waits({ run }: { readonly run: Run }) {
  if (run.state === 'ended') return null;
  return (
    <>
      {run.waits.map((wait) => (
        <div key={`${wait.for} ${wait.origin}`} class="notice warn">
          <Icon name="warn" />
          <div>
            <p>
              {sentenceOf(wait)}
              {wait.until !== null && (
                <>
                  {' '}
                  Until then: <Ago at={wait.until} />.
                </>
              )}
            </p>
            {wait.reason !== '' && (
              <p>
                <Told text={wait.reason} />
                {wait.by === null ? '' : `, by ${wait.by}`}
              </p>
            )}
          </div>
        </div>
      ))}
    </>
  );
}

function sentenceOf({ for: what, origin, until }: RunWait): ComponentChildren {
  if (what === 'worker') return 'It waits for a worker: none takes its jobs.';
  if (what === 'lane') return `It waits: origin ${origin} is configured no more.`;
  const named = (
    <>
      origin{' '}
      <To view="origin" query={{ name: origin }}>
        {origin}
      </To>
    </>
  );
  if (what === 'origin') return <>Keys of {named} wait: it is paused.</>;
  if (what === 'quota') return <>Keys of {named} wait: it said that nothing is left of its quota.</>;
  if (until !== null) return <>Keys of {named} wait: a window that is configured for it is used up.</>;
  return <>It goes as fast as the budget of {named} lets it.</>;
}
