import type { Budget } from '../../../../src/api-client/client.ts';
import { counted, exact } from '../../format/numbers.ts';
import { Card } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';

/** The sources that are fetched from it. */
export function OriginSources({ origin: { sources } }: { readonly origin: Budget }) {
  const overview = useQuery('origins overview', ['service'], (api, signal) =>
    api.readOverview({}, { signal }),
  );
  return (
    <Card title="Sources that use it" aside={counted(sources.length, 'source')}>
      {sources.length === 0 && (
        <p class="muted">
          None: no source under <code>sources</code> names it.
        </p>
      )}
      <Loaded query={overview} lines={sources.length}>
        {(known) => (
          <ul class="lines three">
            {known.sources
              .filter(({ source }) => sources.includes(source))
              .map(({ source, keys, failing }) => (
                <li key={source}>
                  <span class="cut">
                    <To view="keys" query={{ selector: `source=${source}` }}>
                      {source}
                    </To>
                  </span>
                  <span class="end muted">{counted(keys, 'key')}</span>
                  <span class="end">{failing === 0 ? 'none fail' : `${exact(failing)} failing`}</span>
                </li>
              ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
