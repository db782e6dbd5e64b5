/** One key: whether it is warm, tier by tier, and why not; its value, and what can be done. */

import type { Explanation } from '../../../../src/api-client/client.ts';
import { compact, counted } from '../../format/numbers.ts';
import { visible } from '../../format/text.ts';
import { Card, Figure, Figures, Head } from '../../parts/layout.tsx';
import { Nameless } from '../../parts/nameless.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Ago, Copy, Name, To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { addressOf, param } from '../../router.ts';
import { ItsSchedules, LastRuns, Trouble } from './key-history.tsx';
import './keys.css';
import { Command, Reasons } from './reasons.tsx';
import { SelectionActions } from './selection-actions.tsx';
import { quoted } from './selector-text.ts';
import { TierRows } from './tier-rows.tsx';
import { Value } from './value.tsx';

export default function KeyView() {
  const name = param('key') ?? '';
  if (name === '') {
    return (
      <Nameless title="Key" thing="key" view="keys">
        Find one among all keys
      </Nameless>
    );
  }
  return <OneKey key={name} name={name} />;
}

function OneKey({ name }: { readonly name: string }) {
  const query = useQuery(`key ${name}`, ['keys', 'runs'], (api, signal) =>
    api.explainKey({ key: name }, { signal }),
  );
  return (
    <>
      <Head title={<Name text={name} most={400} />}>
        <p class="key-links">
          <a href={addressOf('keys')}>All keys</a>
          <Copy text={name} what="the key" />
        </p>
      </Head>
      <Loaded query={query} lines={16}>
        {(found) => <Explained found={found} />}
      </Loaded>
    </>
  );
}

const VERDICTS = {
  warm: ['good', 'It is warm.'],
  cold: ['bad', 'It is cold.'],
  unknown: ['warn', 'Whether it is warm is not known.'],
} as const;

function Explained({ found }: { readonly found: Explanation }) {
  const { verdict, why, delays, kept, next, tiers, key } = found;
  return (
    <>
      <Verdict found={found} />
      <SelectionActions selector={`key=${quoted(key)}`}>
        <About found={found} />
      </SelectionActions>
      <Card title="Tier by tier" wide aside="as a read asks them; phases are not drawn to scale">
        <TierRows tiers={tiers} />
      </Card>
      <div class="cards">
        {verdict !== 'warm' && (
          <Card title="What holds it back">
            <Reasons told={[...why.slice(1), ...delays]} />
          </Card>
        )}
        <Card title="What keeps it warm">
          <Reasons told={[kept, next]} />
        </Card>
        <Trouble found={found} />
        <LastRuns found={found} />
        <ItsSchedules found={found} />
        <Reads found={found} />
      </div>
      <Value name={key} />
    </>
  );
}

function Verdict({ found: { verdict, why, command } }: { readonly found: Explanation }) {
  const [tone, sentence] = VERDICTS[verdict];
  return (
    <div class={`verdict ${tone}`}>
      <div>
        <p class="lead">{sentence}</p>
        {why[0] !== undefined && <p>{visible(why[0].sentence)}</p>}
        {command !== null && (
          <>
            <p class="muted">What would make it warm:</p>
            <Command words={command} />
          </>
        )}
      </div>
    </div>
  );
}

/** Where it comes from. */
function About({ found: { source, origin, temperature, params, tiers } }: { readonly found: Explanation }) {
  const tags = [...new Set(tiers.flatMap(({ head }) => head?.tags ?? []))];
  return (
    <p class="facts">
      <span>
        source{' '}
        <To view="keys" query={{ selector: `source=${quoted(source)}` }}>
          <Name text={source} />
        </To>
      </span>
      <span>
        origin{' '}
        <To view="origin" query={{ name: origin }}>
          <Name text={origin} />
        </To>
      </span>
      <span>
        temperature <strong>{temperature}</strong>
      </span>
      {Object.entries(params).map(([name, value]) => (
        <span key={name}>
          <Name text={name} /> <strong>{visible(value)}</strong>
        </span>
      ))}
      {tags.map((tag) => (
        <span key={tag}>
          tag{' '}
          <To view="keys" query={{ selector: `tag=${quoted(tag)}` }}>
            <Name text={tag} />
          </To>
        </span>
      ))}
    </p>
  );
}

function Reads({
  found: { reads, reported, worth, keptUntil, dueAt, catalogued },
}: {
  readonly found: Explanation;
}) {
  const isReported = reported !== null && reported.since !== null;
  return (
    <Card title="Reads and refreshes">
      <Figures>
        <Figure
          label="Reads in an hour"
          value={reads === null || !isReported ? 'unknown' : `about ${compact(reads)}`}
          note={reads === null || isReported ? undefined : 'nobody reports reads'}
        />
        <Figure
          label="Due"
          value={dueAt === null ? catalogued === null ? 'unknown' : 'never' : <Ago at={dueAt} />}
        />
        {keptUntil !== null && (
          <Figure label="Kept until" value={<Ago at={keptUntil} />} note="since somebody named it" />
        )}
      </Figures>
      <p>{visible(worth.sentence)}</p>
      {reported !== null && reported.by.length > 0 && (
        <p class="muted">Reads are reported by {counted(reported.by.length, 'reader')}.</p>
      )}
    </Card>
  );
}
