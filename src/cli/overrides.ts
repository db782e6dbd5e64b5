/** `--set` where workers do the work: they have their own configuration, and what is set for this command would be ignored. */
import { ForewarmError } from '../core/errors.ts';
import type { CommonFlags } from './context.ts';

/** What says only where this command finds the workers, and how it logs. */
const OF_THIS_COMMAND = /^(redis\.|log\.|data$)/;

/** Throws `E_REQUEST_INVALID`, naming what the workers would ignore. */
export function refuseOverrides({ set = [] }: CommonFlags): void {
  const paths = set.map((text) => text.slice(0, text.indexOf('=')));
  const ignored = paths.filter((path) => !OF_THIS_COMMAND.test(path));
  if (ignored.length === 0) return;
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `--set ${ignored.join(', ')} would change nothing: a worker does the work, with its own configuration; ` +
      'set it there, or leave it out',
  );
}
