/** Every trouble of a private Redis, which takes long. */
import { test } from 'vitest';
import { givesWhatItCan, TROUBLES } from './no-private-redis.ts';

test.each(TROUBLES)('while the private Redis $name, commands give what they can without it', givesWhatItCan);
