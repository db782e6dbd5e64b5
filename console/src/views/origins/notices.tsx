/** Why an origin is called less than configured, or not at all. */
import type { ComponentChildren } from 'preact';
import type { Budget } from '../../../../src/api-client/client.ts';
import { Icon } from '../../parts/icon.tsx';
import { Ago, Moment, Name, Told } from '../../parts/text.tsx';
import { heldText } from './words.ts';

export function Notices({ origin }: { readonly origin: Budget }) {
  const { breaker, paused, lowered, quota } = origin;
  return (
    <>
      {breaker.state !== 'closed' && <Outage origin={origin} />}
      {breaker.state !== 'open' && paused !== null && (
        <Notice tone="warn">
          <strong>It is paused:</strong> nobody calls it until <Moment at={paused.until} /> (
          <Ago at={paused.until} />
          ). <Why text={paused.reason} by={paused.by} />
        </Notice>
      )}
      {quota !== null && quota.left <= 0 && (
        <Notice tone="warn">
          <strong>Nothing is left of its quota</strong>, as it said, until <Moment at={quota.resetAt} /> (
          <Ago at={quota.resetAt} />
          ).
        </Notice>
      )}
      {lowered !== null && (
        <Notice tone="warn">
          <strong>Less than configured is allowed</strong> since <Moment at={lowered.since} />:{' '}
          {heldText(origin)}. At <Moment at={lowered.cutAt} /> <Told text={lowered.reason} most={300} />. It
          grows back while its calls go well; with the first call after <Moment at={lowered.until} /> all that
          is configured holds again, unless the origin says "slow down" once more.
        </Notice>
      )}
    </>
  );
}

function Outage({ origin: { breaker, paused } }: { readonly origin: Budget }) {
  const isOpen = breaker.state === 'open';
  return (
    <Notice tone={isOpen ? 'bad' : 'warn'}>
      <strong>{isOpen ? 'Its calls fail' : 'Its calls failed, and may go well again'}</strong>
      {breaker.since !== null && (
        <>
          {' '}
          since <Moment at={breaker.since} /> (<Ago at={breaker.since} />)
        </>
      )}
      . <Why text={breaker.reason ?? ''} by={isOpen ? (paused?.by ?? null) : null} />{' '}
      {isOpen && paused !== null ? (
        <>
          Nobody calls it until <Moment at={paused.until} /> (<Ago at={paused.until} />
          ); then one call tries it.
        </>
      ) : (
        'The next call finds out whether it answers well; nobody calls it until something is due.'
      )}
    </Notice>
  );
}

function Why({ text, by }: { readonly text: string; readonly by: string | null }) {
  return (
    <>
      <Told text={text} most={300} />
      {by !== null && (
        <>
          , as <Name text={by} /> was told
        </>
      )}
      .
    </>
  );
}

function Notice({ tone, children }: { readonly tone: 'warn' | 'bad'; readonly children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`}>
      <Icon name="warn" />
      <div>
        <p>{children}</p>
      </div>
    </div>
  );
}
