import type { Budget, Overview } from '../../../../src/api-client/client.ts';
import { exact, percent } from '../../format/numbers.ts';
import { Card, Figure, Figures } from '../../parts/layout.tsx';
import { warmReads } from './verdict.ts';

/** What applications got that read, since these processes started; and whether what expires can be refreshed in time. */
export function Reads(props: {
  readonly overview: Overview;
  /** As far as they are known. */
  readonly origins: readonly Budget[];
}) {
  const { statistics } = props.overview;
  const { answers } = statistics;
  const sum = (of: (each: (typeof answers)[number]) => number) =>
    answers.reduce((all, each) => all + of(each), 0);
  const warm = sum(({ value }) => value);
  const stale = sum((each) => each.stale);
  const without = sum(({ missing, unavailable }) => missing + unavailable);
  const all = warm + stale + without + sum(({ absent }) => absent);
  return (
    <Card title="Reads and runway">
      <Figures>
        <Figure
          label="Reads that got a warm value"
          value={percent(warmReads(answers))}
          note={all === 0 ? 'no reader has reported reads' : `of ${exact(all)} since processes started`}
        />
        <Figure label="Stale" value={exact(stale)} note="served past their ttl" />
        <Figure label="Without a value" value={exact(without)} note="missing or unavailable" />
        {statistics.runway.map(({ origin, within, needed }) => (
          <Runway
            key={`${origin} ${within}`}
            origin={origin}
            within={within}
            needed={needed}
            state={props.origins.find((each) => each.origin === origin)?.breaker.state}
            affordable={
              statistics.affordable.find((each) => each.origin === origin && each.within === within)?.calls
            }
          />
        ))}
      </Figures>
    </Card>
  );
}

interface Fit {
  readonly needed: number;
  readonly affordable: number | undefined;
  /** Of its breaker; undefined where that is not known. */
  readonly state: Budget['breaker']['state'] | undefined;
}

/** Calls that refresh what expires within a time, against what the origin's limits allow in it. */
function Runway(props: Fit & { readonly origin: string; readonly within: string }) {
  const { origin, within, needed } = props;
  return (
    <Figure label={`${origin}, within ${within}`} value={exact(Math.ceil(needed))} note={fitText(props)} />
  );
}

function fitText({ needed, affordable, state }: Fit): string {
  if (state === 'open' || state === 'probing') return 'calls; its last calls failed, so that none may fit';
  if (affordable === undefined) return 'calls; nothing limits them';
  return `of ${exact(Math.floor(affordable))} calls that fit${needed > affordable ? ': too many' : ''}`;
}
