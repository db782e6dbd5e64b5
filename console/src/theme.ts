/** Light or dark: as the system has it, or as somebody chose. */
import { effect, signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEPT = 'forewarm.theme';

export const theme = signal<Theme>(THEMES.find((each) => each === localStorage.getItem(KEPT)) ?? 'system');

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
}

export function applyTheme(): void {
  effect(() => {
    const chosen = theme.value;
    if (chosen === 'system') {
      localStorage.removeItem(KEPT);
      delete document.documentElement.dataset.theme;
    } else {
      localStorage.setItem(KEPT, chosen);
      document.documentElement.dataset.theme = chosen;
    }
  });
}
