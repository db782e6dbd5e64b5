import { percent } from './options.ts';

/** What each origin declares of how many of its values may vanish, whatever its kind. */
export const absenceOption = percent()
  .prefault('10%')
  .describe(
    'The share of values that may vanish at once, of a call or of a source. What vanishes beyond it is refused, and the old values stay, until the origin says so again a ttl later (from a minute to an hour). `0%`: every absence needs two looks; `100%`: none does.',
  );
