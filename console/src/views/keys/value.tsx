import { useSignal } from '@preact/signals';
import type { ApiClient } from '../../../../src/api-client/client.ts';
import { caller } from '../../caller.ts';
import { bytes } from '../../format/numbers.ts';
import { Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Copy } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { indented, isJson, visibleLines } from './body-text.ts';

type Beginning = Awaited<ReturnType<ApiClient['previewEntry']>>;

/** What is shown at first, and at the most. */
const BYTES = { first: 16_384, most: 1_048_576 } as const;

/** The value, once somebody asks for it. */
export function Value({ name }: { readonly name: string }) {
  const asked = useSignal<number | undefined>(undefined);
  if (caller.value?.values === 'hide') {
    return (
      <Card title="Value" wide>
        <p class="muted">
          Values are not shown here: <code>console.values</code> is <code>hide</code>.
        </p>
      </Card>
    );
  }
  return (
    <Card title="Value" wide>
      {asked.value === undefined ? (
        <div>
          <button
            type="button"
            onClick={() => {
              asked.value = BYTES.first;
            }}
          >
            Show the value
          </button>
        </div>
      ) : (
        <Shown
          name={name}
          most={asked.value}
          more={() => {
            asked.value = BYTES.most;
          }}
        />
      )}
    </Card>
  );
}

function Shown(props: { readonly name: string; readonly most: number; readonly more: () => void }) {
  const { name, most, more } = props;
  const query = useQuery(`value ${most} ${name}`, ['keys'], (api, signal) =>
    api.previewEntry({ key: name, bytes: most }, { signal }),
  );
  return (
    <Loaded query={query} lines={4}>
      {(found) => (found.head === null ? <Nothing found={found} /> : <Body found={found} more={more} />)}
    </Loaded>
  );
}

function Nothing({ found: { state, tiers } }: { readonly found: Beginning }) {
  if (state !== 'unavailable') return <p>Nothing that can be served is stored.</p>;
  return (
    <>
      <p>Whether there is a value is not known.</p>
      {tiers.map(({ tier, reason }) => (
        <p key={tier} class="muted">
          {tier}: {reason}
        </p>
      ))}
    </>
  );
}

function Body({ found, more }: { readonly found: Beginning; readonly more: () => void }) {
  const { state, tier, head, encoding, body, shown, bytes: all } = found;
  if (state === 'absent') return <p>The origin says that there is no such value, by {tier}.</p>;
  const text = encoding === 'text' && isJson(body, head?.contentType ?? null) ? indented(body) : body;
  return (
    <>
      <p class="facts">
        <span>
          {bytes(all)} from {tier}
        </span>
        <span>{head?.contentType ?? 'of no named type'}</span>
        {encoding === 'base64' && <span>not text: shown as base64</span>}
        {shown < all && <span>the first {bytes(shown)} are shown</span>}
        <Copy text={body} what={shown < all ? 'what is shown' : 'the value'} />
      </p>
      {all === 0 ? (
        <p>It is empty.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre class="body" tabIndex={0}>
          {visibleLines(text)}
        </pre>
      )}
      {shown < all && shown < BYTES.most / 2 && (
        <div>
          <button type="button" onClick={more}>
            Show up to {bytes(BYTES.most)}
          </button>
        </div>
      )}
    </>
  );
}
