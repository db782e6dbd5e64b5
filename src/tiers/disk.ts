import { z } from 'zod';
import { duration, path, size } from '../core/options.ts';

export const diskOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in a SQLite file on this host.'),
  path: path().default('.forewarm/cache.db').describe('The SQLite file; folders are made as needed.'),
  maxSize: size().prefault('4GB').describe('Bound on the file.'),
  timeout: duration().prefault('2s').describe('A call that takes longer has failed; the next tier answers.'),
});
