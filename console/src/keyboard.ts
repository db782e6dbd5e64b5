/** Keys that do something anywhere on the page: one letter, or `g` and a letter to go to a view. */
import { signal } from '@preact/signals';
import { isPaused, pause, resume } from './live.ts';
import { addressOf, go } from './router.ts';
import { VIEWS } from './routes.ts';
import { nextTheme } from './theme.ts';

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
  readonly act: () => void;
}

export const isHelpShown = signal(false);

/** How long `g` waits for its letter, in ms. */
const SEQUENCE_MS = 1_500;

export const SHORTCUTS: readonly Shortcut[] = [
  ...VIEWS.flatMap(({ page, title, nav }) =>
    nav === undefined
      ? []
      : [{ keys: `g ${nav.key}`, does: `Go to ${title}`, act: () => go(addressOf(page)) }],
  ),
  { keys: '/', does: 'Search or filter on this page', act: focusSearch },
  { keys: 'p', does: 'Pause, or go on', act: () => (isPaused.peek() ? resume() : pause()) },
  { keys: 't', does: 'Light, dark, or as the system has it', act: nextTheme },
  { keys: '?', does: 'Show these keys', act: showHelp },
];

export function showHelp(): void {
  isHelpShown.value = true;
}

function focusSearch(): void {
  document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
}

export function listenToKeys(): void {
  let begun = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    clearTimeout(timer);
    const keys = begun + event.key;
    begun = '';
    const found = SHORTCUTS.find((shortcut) => shortcut.keys === keys);
    if (found !== undefined) {
      event.preventDefault();
      found.act();
    } else if (event.key === 'g') {
      begun = 'g ';
      timer = setTimeout(() => {
        begun = '';
      }, SEQUENCE_MS);
    }
  });
}

/** Letters belong to fields and dialogs first. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
