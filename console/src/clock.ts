/** The time by which ages are shown. It moves once a second, for all of the page together, and not while nobody looks. */
import { signal } from '@preact/signals';

export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1_000);
}
