/** A note for people: it stands beside what was done. */
import type { Signal } from '@preact/signals';

export function Why({ text }: { readonly text: Signal<string> }) {
  return (
    <label class="field">
      <span>Note, for the others</span>
      <input
        type="text"
        maxLength={500}
        autocomplete="off"
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
    </label>
  );
}
