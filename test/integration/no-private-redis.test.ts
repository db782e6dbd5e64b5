/** The troubles of a private Redis that are unlike each other; `no-private-redis.full.ts` has all. */
import { test } from 'vitest';
import { givesWhatItCan, TROUBLES } from './no-private-redis.ts';

test.each(TROUBLES.filter(({ name }) => name === 'hangs' || name === 'has no program'))(
  'while the private Redis $name, commands give what they can without it',
  givesWhatItCan,
);
