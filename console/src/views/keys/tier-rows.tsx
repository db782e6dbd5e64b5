import type { Explanation, Head } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { bytes } from '../../format/numbers.ts';
import { duration, full } from '../../format/times.ts';
import { Badge } from '../../parts/layout.tsx';
import { Ago, Name } from '../../parts/text.tsx';
import { StateBadge } from './key-state.tsx';
import { phaseAt, phasesOf } from './phases.ts';

type Tier = Explanation['tiers'][number];

/** What each tier has of a key, in the order in which a read asks them. */
export function TierRows({ tiers }: { readonly tiers: readonly Tier[] }) {
  const newest = Math.max(0, ...tiers.map(({ head }) => head?.stamp ?? 0));
  return (
    <ol class="tiers">
      {tiers.map((tier) => (
        <li key={tier.tier} class="tier">
          <TierTitle tier={tier} isOlder={tier.head !== null && tier.head.stamp < newest} />
          <TierContent tier={tier} />
        </li>
      ))}
    </ol>
  );
}

function TierTitle({ tier, isOlder }: { readonly tier: Tier; readonly isOlder: boolean }) {
  const { head, error } = tier;
  return (
    <h3>
      {tier.tier} <StateBadge state={stateOf(head, error)} tone={isOwn(tier) ? 'calm' : undefined} />
      {head?.kind === 'absent' && <StateBadge state="absent" />}
      {isOlder && <Badge tone="warn">older than elsewhere</Badge>}
    </h3>
  );
}

function stateOf(head: Head | null, error: string | null): string {
  if (error !== null) return 'unknown';
  if (head === null) return 'missing';
  return head.kind === 'dropped' ? 'dropped' : head.freshness;
}

/** Each process has a memory of its own. That the one that answers has not read a key says nothing of the others. */
function isOwn({ tier, head, error }: Tier): boolean {
  return tier === 'memory' && head === null && error === null;
}

function TierContent({ tier }: { readonly tier: Tier }) {
  const { head, error } = tier;
  if (isOwn(tier)) return <p class="muted">The process that answers has not read it.</p>;
  if (error !== null) return <p>It does not answer: {error}</p>;
  if (head === null) return <p class="muted">Nothing is stored under it.</p>;
  if (head.kind === 'dropped') {
    return (
      <p class="muted">
        What was fetched before <Ago at={head.fetchedAt} /> was dropped.
      </p>
    );
  }
  return (
    <>
      <Line head={head} />
      <p class="facts">
        <span>
          confirmed <Ago at={head.checkedAt} />
        </span>
        {head.fetchedAt !== head.checkedAt && (
          <span>
            fetched <Ago at={head.fetchedAt} />
          </span>
        )}
        {head.kind === 'value' && <span>{bytes(head.bodyBytes)}</span>}
        <span>
          {head.version === null ? 'stamp' : 'version'}{' '}
          <Name text={head.version ?? String(head.stamp)} most={40} />
        </span>
      </p>
    </>
  );
}

/** Its life as a line: all phases have the same length, however long they last, and a mark stands where it is now. */
function Line({ head }: { readonly head: Head }) {
  const phases = phasesOf(head);
  const { at, phase } = phaseAt(phases, now.value);
  const said = phases.map(({ name, until }) => `${name} until ${full(until)}`).join(', ');
  return (
    <div class="life" role="img" aria-label={`${phase}; ${said}`}>
      {phases.map(({ name, from, until }) => (
        <span key={name} class={`phase ${name}`} title={`${name} until ${full(until)}`}>
          <span class="phase-name">{name}</span>
          <span class="phase-until">
            {phase === name ? `${short(until - now.value)} left` : `for ${short(until - from)}`}
          </span>
        </span>
      ))}
      <span class="mark-now" style={{ insetInlineStart: `${at * 100}%` }} />
    </div>
  );
}

/** Seconds only where there are no minutes. */
function short(ms: number): string {
  return duration(ms < 60_000 ? ms : Math.floor(ms / 60_000) * 60_000);
}
