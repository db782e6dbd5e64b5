import { visible } from '../../format/text.ts';
import type { Subject } from './selection-actions.tsx';

/** Which keys something is about. */
export function SelectorShown({ selector, whatever }: Subject) {
  return (
    <>
      <p class="selector-shown">
        <code>{selector === '' ? 'everything that is configured' : visible(selector)}</code>
      </p>
      {whatever === true && <p>It is about all keys of this selector, also those that are not listed.</p>}
    </>
  );
}
