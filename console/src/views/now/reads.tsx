import type { Overview } from '../../../../src/api-client/client.ts';
import { exact, percent } from '../../format/numbers.ts';
import { Card, Figure, Figures } from '../../parts/layout.tsx';
import { warmReads } from './verdict.ts';

/** What applications got that read, since these processes started; and whether what expires can be refreshed in time. */
export function Reads({ overview: { statistics } }: { readonly overview: Overview }) {
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
            affordable={
              statistics.affordable.find((each) => each.origin === origin && each.within === within)?.calls
            }
          />
        ))}
      </Figures>
    </Card>
  );
}

/** Calls that refresh what expires within a time, against what the origin's limits allow in it. */
function Runway(props: {
  readonly origin: string;
  readonly within: string;
  readonly needed: number;
  readonly affordable: number | undefined;
}) {
  const { origin, within, needed, affordable } = props;
  const note =
    affordable === undefined
      ? 'calls; nothing limits them'
      : `of ${exact(Math.floor(affordable))} calls that fit${needed > affordable ? ': too many' : ''}`;
  return <Figure label={`${origin}, within ${within}`} value={exact(Math.ceil(needed))} note={note} />;
}
