/** Short messages after something was done. They stay for a while, and are read out. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface Toast {
  readonly id: number;
  readonly text: ComponentChildren;
}

const STAYS_MS = 6_000;
const MOST = 3;

const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function toast(text: ComponentChildren): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value, { id, text }].slice(-MOST);
  setTimeout(() => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  }, STAYS_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text }) => (
        <div key={id} class="toast">
          {text}
        </div>
      ))}
    </div>
  );
}
