/** Origins that are not asked now, or less than is configured, each with the reason: why something is cold, more often than not. */
import type { ComponentChildren } from 'preact';
import type { BudgetReport } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { Ago, Name, To, Told } from '../../parts/text.tsx';

type Origin = BudgetReport['origins'][number];

/** More are told by the list of origins. */
const SHOWN = 3;

export function HeldOrigins({ origins }: { readonly origins: readonly Origin[] }) {
  const held = origins.filter(isHeld);
  if (held.length === 0) return null;
  return (
    <div class="notice warn">
      <Icon name="warn" />
      <div>
        {held.slice(0, SHOWN).map((each) => (
          <Held key={each.origin} origin={each} />
        ))}
        {held.length > SHOWN && (
          <p>
            {held.length - SHOWN} more of <To view="origins">all origins</To> are so.
          </p>
        )}
      </div>
    </div>
  );
}

const usedUp = ({ windows }: Origin) => windows.findLast(({ opensAt }) => opensAt !== null);

function isHeld(origin: Origin): boolean {
  const { paused, lowered, breaker } = origin;
  const isLess = paused !== null || lowered !== null || breaker.state !== 'closed';
  return isLess || usedUp(origin) !== undefined;
}

function Held({ origin }: { readonly origin: Origin }) {
  const { origin: name, sources, paused, lowered, breaker } = origin;
  const link = (
    <>
      <To view="origin" query={{ name }}>
        <Name text={name} />
      </To>
      {sources.length > 0 && ` (${sources.slice(0, SHOWN).join(', ')}${sources.length > SHOWN ? ', …' : ''})`}
    </>
  );
  if (paused !== null) {
    return (
      <p>
        Origin {link} is not called: it is paused, and asked again <Ago at={paused.until} />.{' '}
        <Told text={paused.reason} most={300} />
      </p>
    );
  }
  if (breaker.state !== 'closed') return <Doubted link={link} breaker={breaker} />;
  const window = usedUp(origin);
  if (window !== undefined) return <UsedUp link={link} window={window} />;
  return (
    <p>
      Origin {link} is called less than is configured
      {lowered !== null && (
        <>
          {' '}
          since <Ago at={lowered.since} />: <Told text={lowered.reason} most={300} />
        </>
      )}
    </p>
  );
}

function Doubted(props: { readonly link: ComponentChildren; readonly breaker: Origin['breaker'] }) {
  const { since, reason } = props.breaker;
  return (
    <p>
      The calls of origin {props.link} failed
      {since !== null && (
        <>
          , first <Ago at={since} />
        </>
      )}
      , and none has gone well since; the next one finds out whether it does.{' '}
      <Told text={reason ?? ''} most={300} />
    </p>
  );
}

function UsedUp(props: { readonly link: ComponentChildren; readonly window: Origin['windows'][number] }) {
  const { rate, used, opensAt } = props.window;
  return (
    <p>
      Origin {props.link} is called for reads that wait alone: {exact(used)} of {rate} are used
      {opensAt !== null && (
        <>
          , and the next call is free <Ago at={opensAt} />
        </>
      )}
      .
    </p>
  );
}
