/** An HTTP origin in front of a scripted server. */
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { HttpOrigin } from '../../../src/origins/http/http-origin.ts';
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import { requestOf, SIGNAL, sourceOf } from '../../contract/origin.steps.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';

export const BATCH = { path: '/values', query: { ids: '{id...}' }, items: 'items', id: 'id', value: 'value' };

/** An HTTP origin as the contract of origins wants it, at such a server. */
export function contractOrigin(url: string, clock: Clock) {
  const options = httpOriginOptions.parse({ kind: 'http', url });
  const request = httpRequestOptions.parse({
    path: '/values/{id}',
    batch: { ...BATCH, etag: 'etag', size: 10 },
    versionProbe: { path: '/edition', version: 'edition' },
  });
  const origin = new HttpOrigin({ name: 'values', options, clock });
  return { origin, source: sourceOf(request), timeout: options.timeout };
}

interface Changes {
  readonly origin?: Record<string, unknown>;
  readonly request?: Record<string, unknown>;
}

export async function setup({ origin = {}, request = { path: '/values/{id}' } }: Changes = {}) {
  const server = await startScriptedServer();
  const options = httpOriginOptions.parse({ kind: 'http', url: server.url, ...origin });
  const made = new HttpOrigin({ name: 'values', options, clock: systemClock });
  onTestFinished(() => made.close());
  return { server, origin: made, source: sourceOf(httpRequestOptions.parse(request)) };
}

export type Bench = Awaited<ReturnType<typeof setup>>;

export const fetchBatch = ({ origin, source }: Bench, ids = ['a', 'b']) =>
  origin.fetchMany(
    source,
    ids.map((id) => requestOf(id)),
    SIGNAL,
  );
