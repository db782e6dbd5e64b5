import type { KeyCount } from '../../../../src/api-client/client.ts';
import { counted, exact } from '../../format/numbers.ts';
import { Name } from '../../parts/text.tsx';
import type { Query } from '../../query.ts';

const NAMED = 4;
const HOW = { exact: '', estimate: 'about ', 'at-least': 'at least ' } as const;

/** How many keys a selector selects, or why nobody can tell. */
export function Count({ query: { data, error } }: { readonly query: Query<KeyCount> }) {
  if (error !== undefined) {
    const said = error.problem?.detail ?? error.message;
    return (
      <p role="status" class={error.code === 'E_SELECTOR_INVALID' ? 'count bad' : 'count'}>
        {error.code === 'E_SELECTOR_INVALID' ? said : `How many keys it selects is not known: ${said}`}
      </p>
    );
  }
  return (
    <p role="status" class="count">
      {data === undefined ? 'Counting…' : <Counted count={data} />}
    </p>
  );
}

function Counted({ count: { keys, exactness, sources } }: { readonly count: KeyCount }) {
  const named = sources.slice(0, NAMED);
  const more = sources.length - named.length;
  return (
    <>
      Selects {HOW[exactness]}
      <strong>{counted(keys, 'key')}</strong>
      {named.length > 1 && (
        <span class="muted">
          :{' '}
          {named.map(({ source, keys: own, exactness: how }, i) => (
            <span key={source}>
              {i > 0 && ', '}
              <Name text={source} /> {HOW[how]}
              {exact(own)}
            </span>
          ))}
          {more > 0 && `, and ${counted(more, 'more source')}`}
        </span>
      )}
    </>
  );
}
