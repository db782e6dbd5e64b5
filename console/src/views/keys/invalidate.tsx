import { type Signal, signal } from '@preact/signals';
import type { Invalidation } from '../../../../src/api-client/client.ts';
import { lacks } from '../../caller.ts';
import { counted, exact } from '../../format/numbers.ts';
import { changed } from '../../live.ts';
import { confirm } from '../../parts/confirm.tsx';
import { Name, To } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { client } from '../../session.ts';
import type { Subject } from './selection-actions.tsx';
import { SelectorShown } from './selector-shown.tsx';

interface Choices {
  readonly mode: Signal<'stale' | 'drop'>;
  readonly rewarm: Signal<boolean>;
}

const MODES = [
  ['stale', 'Make them stale', 'The old value is served until a new one is there.'],
  ['drop', 'Drop them', 'Nothing is served until a new value is there.'],
] as const;

/** Shows how far it would reach, and asks whether to go on. */
export async function confirmInvalidation(subject: Subject): Promise<void> {
  const { selector } = subject;
  const radius = await client.peek().invalidate({ body: { selector, dryRun: true } });
  const choices: Choices = { mode: signal('stale'), rewarm: signal(false) };
  confirm({
    title: radius.keys === null ? 'Invalidate these keys?' : `Invalidate ${counted(radius.keys, 'key')}?`,
    keys: radius.keys,
    verb: 'Invalidate',
    danger: true,
    children: <Preview subject={subject} radius={radius} choices={choices} />,
    act: async (why) => {
      const body = { selector, mode: choices.mode.peek(), rewarm: choices.rewarm.peek(), why };
      const { keys, run } = await client.peek().invalidate({ body });
      changed(['runs', 'keys']);
      toast(
        <>
          {keys === null ? 'They are invalidated.' : `${counted(keys, 'key')} invalidated.`}{' '}
          {run !== null && (
            <>
              <To view="run" query={{ id: run }}>
                Run {run}
              </To>{' '}
              warms them again.
            </>
          )}
        </>,
      );
    },
  });
}

function Preview(props: {
  readonly subject: Subject;
  readonly radius: Invalidation;
  readonly choices: Choices;
}) {
  const { subject, radius, choices } = props;
  return (
    <>
      <SelectorShown {...subject} />
      <Radius radius={radius} />
      <Choose choices={choices} />
    </>
  );
}

function Radius({
  radius: { keys, bySource, byTier, samples, unknownTags },
}: {
  readonly radius: Invalidation;
}) {
  const sources = Object.entries(bySource);
  const tiers = Object.entries(byTier);
  const more = (keys ?? samples.length) - samples.length;
  return (
    <>
      {sources.length > 1 && <Amounts label="Keys of sources" amounts={sources} />}
      {tiers.length > 0 && <Amounts label="Values in tiers" amounts={tiers} />}
      {samples.length > 0 && (
        <ul class="samples" aria-label="Some of the keys">
          {samples.map((key) => (
            <li key={key}>
              <Name text={key} most={60} />
            </li>
          ))}
          {more > 0 && <li class="muted">and {exact(more)} more</li>}
        </ul>
      )}
      {unknownTags.length > 0 && (
        <p>
          No source gives the tag <Name text={unknownTags.join(', ')} />: only values that were set with it
          carry it, and how many those are is not known.
        </p>
      )}
    </>
  );
}

function Amounts({
  label,
  amounts,
}: {
  readonly label: string;
  readonly amounts: readonly (readonly [string, number])[];
}) {
  return (
    <div>
      <h3 class="small">{label}</h3>
      <dl class="amounts">
        {amounts.map(([name, keys]) => (
          <div key={name}>
            <dt>
              <Name text={name} />
            </dt>
            <dd>{exact(keys)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Choose({ choices: { mode, rewarm } }: { readonly choices: Choices }) {
  const why = lacks('warm');
  return (
    <fieldset class="choices">
      <legend class="unseen">How</legend>
      {MODES.map(([value, title, meaning]) => (
        <label key={value} class="check">
          <input
            type="radio"
            name="mode"
            checked={mode.value === value}
            onChange={() => {
              mode.value = value;
            }}
          />
          <span>
            {title}. <span class="muted">{meaning}</span>
          </span>
        </label>
      ))}
      <label class="check">
        <input
          type="checkbox"
          checked={rewarm.value}
          disabled={why !== undefined}
          onChange={({ currentTarget }) => {
            rewarm.value = currentTarget.checked;
          }}
        />
        <span>Warm them again right away.{why !== undefined && <span class="muted"> It {why}.</span>}</span>
      </label>
    </fieldset>
  );
}
