/**
 * Regular expressions that may take more than linear time: a text from outside, made for it, then holds up the process. Found by
 * scslre (https://github.com/RunDevelopment/scslre), which sees runs of one character and not every way; `test/hostile/fuzz` finds others.
 */
import { analyse } from 'scslre';

export interface Pattern {
  readonly source: string;
  readonly flags: string;
  readonly line: number;
}

/** A message for each place that is slow. */
export function slowPlaces({ source, flags }: Pattern): string[] {
  return analyse({ source, flags }).reports.map(({ character, exponential }) => {
    const time = exponential ? 'exponential' : 'quadratic';
    return `takes ${time} time on a run of ${JSON.stringify(character.pick)}: /${source}/${flags}`;
  });
}
