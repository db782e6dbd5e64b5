import type { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { KeptRows, Rows } from './row.ts';

/** An entity set that is to be read. */
export interface FormInput {
  /** What stands in the option of the form. */
  readonly place: string;
  readonly encoding: string;
  readonly delimiter: string | undefined;
  /** The columns that the set needs. */
  readonly wanted: readonly string[];
  readonly clock: Clock;
  /** Aborts when nobody wants the rows any more. */
  readonly signal: AbortSignal;
  /** The list of an origin. */
  readonly list: () => Promise<KeptRows>;
}

/** What rows come in, such as a CSV file: one file of ours, and one line in `forms.ts`. */
export interface Form {
  /** The option of the same name as the form, which says where the rows are. */
  readonly option: z.ZodOptional<z.ZodString>;
  /** Whether somebody else is asked for the rows, who may take his time, or have no end of them. */
  readonly asks: boolean;
  /** Changes with the rows; undefined: they are not to be kept, and are read each time. */
  readonly version: (input: FormInput) => Promise<string | undefined>;
  readonly open: (input: FormInput) => Rows;
}
