import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Somebody who types is asked about once in so many ms. */
const SETTLES_MS = 150;

/** What it was when it last stood still: whoever types has not said everything yet. */
export function useSettled(text: string): string {
  const settled = useSignal(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = text;
    }, SETTLES_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled.value;
}
