/** The files of windows that schedules name: read when they are first wanted, and again when they have changed. */
import { ForewarmError, messageOf } from '../core/errors.ts';
import { textOfBytes } from '../core/text.ts';
import { fileVersionOf, readBounded, regularFile } from '../flow/files.ts';
import { inTurns } from '../flow/in-turns.ts';
import { readCalendar } from '../policy/calendar-text.ts';
import type { Window } from '../policy/windows.ts';

/** A larger file is no calendar, in bytes. */
const LARGEST = 4_000_000;

interface ReadCalendar {
  readonly version: string;
  readonly windows: readonly Window[];
}

export class Calendars {
  readonly #read = new Map<string, ReadCalendar>();

  /** The windows of a file; none for undefined. Rejects with `E_CALENDAR_INVALID`, naming the file. */
  async windows(path: string | undefined): Promise<readonly Window[]> {
    if (path === undefined) return [];
    try {
      const version = fileVersionOf(await regularFile(path, LARGEST));
      const known = this.#read.get(path);
      if (known?.version === version) return known.windows;
      const text = textOfBytes(await readBounded(path, LARGEST));
      const windows = await inTurns(readCalendar(text, path.toLowerCase().endsWith('.ics')));
      this.#read.set(path, { version, windows });
      return windows;
    } catch (error) {
      throw new ForewarmError('E_CALENDAR_INVALID', `calendar ${path}: ${messageOf(error)}`, {
        cause: error,
        details: { path },
      });
    }
  }
}
