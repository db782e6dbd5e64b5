/** One origin: what it allows, who uses that, how it answers, and what was set aside because it failed. */
import type { Budget } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { visible } from '../../format/text.ts';
import { Card, Figure, Figures, Head } from '../../parts/layout.tsx';
import { Nameless } from '../../parts/nameless.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Ago, Copy } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { param } from '../../router.ts';
import { Charts } from './charts.tsx';
import { Notices } from './notices.tsx';
import { Quarantine } from './quarantine.tsx';
import { OriginSources } from './sources.tsx';
import { Used } from './used.tsx';
import { WaitingRuns } from './waiting-runs.tsx';
import { breakerNote, rateText, USER_WORDS, USERS } from './words.ts';

/** Hours that figures are of; the charts have a choice. */
const HOURS = 24;

export default function OriginView() {
  const name = param('name');
  if (name !== undefined) return <OneOrigin key={name} name={name} />;
  return (
    <Nameless title="Origin" thing="origin" view="origins">
      All origins
    </Nameless>
  );
}

function OneOrigin({ name }: { readonly name: string }) {
  const budget = useQuery(`origin ${name}`, ['origins'], (api, signal) =>
    api.readBudget({ origin: name, hours: HOURS }, { signal }),
  );
  const [known] = budget.data?.origins ?? [];
  return (
    <>
      <Head title={visible(name)}>{known !== undefined && <Facts origin={known} />}</Head>
      <Loaded query={budget} lines={18}>
        {({ origins: [origin] }) =>
          origin && (
            <>
              <Notices origin={origin} />
              <Now origin={origin} />
              <Charts origin={origin} />
              <div class="cards">
                <Used origin={origin} />
                <OriginSources origin={origin} />
              </div>
              <Quarantine origin={origin} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Facts({ origin: { origin, rate, limits } }: { readonly origin: Budget }) {
  return (
    <p class="facts">
      <span>
        Configured: {rate ?? 'any rate'}, {exact(limits.configured.concurrency)} calls at the same time
      </span>
      <Copy text={origin} what="the name" />
    </p>
  );
}

/** As things stand. */
function Now({ origin }: { readonly origin: Budget }) {
  const { breaker, inFlight, limits, waiting, quota } = origin;
  const waits = USERS.filter((user) => waiting[user] > 0);
  const named = waits.map((user) => `${exact(waiting[user])} for ${USER_WORDS[user]}`).join(', ');
  const { perSecond } = limits.configured;
  return (
    <Card title="Now" wide>
      <Figures>
        <Figure label="Breaker" value={breaker.state} note={breakerNote(origin)} />
        <Figure
          label="Calls under way"
          value={exact(inFlight)}
          note={`of ${exact(limits.concurrency)} at the same time`}
        />
        <Figure
          label="Allowed"
          value={rateText(limits.perSecond)}
          note={perSecond === null ? 'no rate is configured' : `${origin.rate} is configured`}
        />
        <Figure
          label="Calls that wait"
          value={exact(waits.reduce((sum, user) => sum + waiting[user], 0))}
          note={named || 'no call waits for its turn'}
        />
        {origin.windows.map((window) => (
          <Window key={window.rate} of={window} />
        ))}
        <Quota of={quota} />
      </Figures>
      <WaitingRuns origin={origin.origin} />
    </Card>
  );
}

/** A longer window that is configured. */
function Window({ of: { rate, calls, used, kept, opensAt } }: { readonly of: Budget['windows'][number] }) {
  const reserved = kept === 0 ? '' : `${exact(kept)} are kept for reads that wait`;
  return (
    <Figure
      label={`Used of ${rate}`}
      value={`${exact(used)} of ${exact(calls)}`}
      note={
        opensAt === null ? (
          reserved
        ) : (
          <>
            used up; the next <Ago at={opensAt} />
            {reserved && `, as ${reserved}`}
          </>
        )
      }
    />
  );
}

function Quota({ of }: { readonly of: Budget['quota'] }) {
  if (of === null)
    return <Figure label="Left, as it said" value="unknown" note="it says nothing of a quota" />;
  return (
    <Figure
      label="Left, as it said"
      value={exact(of.left)}
      note={
        <>
          more <Ago at={of.resetAt} />
        </>
      }
    />
  );
}
