/** What was thrown where no call waits for it: in a timer or a listener, or by a promise that nobody awaits. */
import { fileURLToPath } from 'node:url';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { hideKnown } from '../core/known-secrets.ts';
import type { Settings } from '../settings/settings.ts';

/** Our own files. */
const OURS = fileURLToPath(new URL('..', import.meta.url));
/** A file with line and column, at the end of a line of a stack. */
const PLACE = /(?:\(|at )(?:async )?((?:file:\/\/)?\/[^()]*?:\d+:\d+)\)?$/;
/** What is looked at of a message or a stack, in characters, and of a stack in lines: whoever throws may have written it. */
const LONGEST = 20_000;
const LONGEST_FRAME = 500;
const MOST_FRAMES = 50;

/** The error that the process ends with. `secrets` may be in what was thrown. Throws nothing, whatever that is. */
export function uncaughtError(thrown: unknown, secrets: readonly string[]): ForewarmError {
  const [message, stack] = [read(() => messageOf(thrown)), read(() => (thrown as Error).stack ?? '')];
  const place = placeIn(stack);
  const where = place === undefined ? '' : ` at ${place}`;
  const what = hideKnown(message, secrets) || 'something without a message';
  const error = new ForewarmError('E_UNCAUGHT', `thrown${where}, where no call waits for it: ${what}`);
  if (stack !== '') error.stack = hideKnown(stack, secrets);
  return error;
}

/** What a module is told, or was called with, and may repeat. */
export function secretsOf({ origins, secrets }: Settings): string[] {
  const told = [...origins.values()].flatMap((origin) =>
    origin.kind === 'module' ? Object.values(origin.options) : [],
  );
  return [...told, ...secrets];
}

function read(text: () => unknown): string {
  try {
    return String(text()).slice(0, LONGEST);
  } catch {
    return '';
  }
}

/** The innermost place in a user's file; where only packages and files of ours are on the stack, the innermost of those. */
function placeIn(stack: string): string | undefined {
  const lines = stack.split('\n', MOST_FRAMES);
  const places = lines.flatMap((line) => {
    const place = PLACE.exec(line.slice(0, LONGEST_FRAME))?.[1];
    return place === undefined ? [] : [place.replace(/^file:\/\//, '')];
  });
  return places.find((place) => !place.startsWith(OURS) && !place.includes('/node_modules/')) ?? places[0];
}
