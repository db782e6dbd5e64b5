/** The kinds of origins that a configuration can name: the one list that settings read. */
import { z } from 'zod';
import { embeddingsOriginOptions, embeddingsRequest } from './embeddings/options.ts';
import { httpOriginOptions, httpRequest } from './http/options.ts';
import { moduleOriginOptions, moduleRequest } from './module/module-origin.ts';
import type { RequestKind } from './request-kind.ts';
import { sqlOriginOptions, sqlRequest } from './sql/options.ts';

export const originOptions = z.discriminatedUnion('kind', [
  httpOriginOptions,
  moduleOriginOptions,
  sqlOriginOptions,
  embeddingsOriginOptions,
]);

export type OriginOptions = z.infer<typeof originOptions>;

/** What a source's `request` may hold, by the kind of its origin. */
export const requestKinds: Readonly<Record<OriginOptions['kind'], RequestKind>> = {
  http: httpRequest,
  module: moduleRequest,
  sql: sqlRequest,
  embeddings: embeddingsRequest,
};
