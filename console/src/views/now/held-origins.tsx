/** Origins that are not asked now, or less than is configured, each with the reason: why something is cold, more often than not. */
import type { BudgetReport } from '../../../../src/api-client/client.ts';
import { Icon } from '../../parts/icon.tsx';
import { Ago, Name, To } from '../../parts/text.tsx';

type Origin = BudgetReport['origins'][number];

/** More are told by the list of origins. */
const SHOWN = 3;

export function HeldOrigins({ origins }: { readonly origins: readonly Origin[] }) {
  const held = origins.filter(({ paused, lowered }) => paused !== null || lowered !== null);
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

function Held({ origin: { origin: name, sources, paused, lowered } }: { readonly origin: Origin }) {
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
        <Name text={paused.reason} most={300} />
      </p>
    );
  }
  return (
    <p>
      Origin {link} is called less than is configured
      {lowered !== null && (
        <>
          {' '}
          since <Ago at={lowered.since} />: <Name text={lowered.reason} most={300} />
        </>
      )}
    </p>
  );
}
