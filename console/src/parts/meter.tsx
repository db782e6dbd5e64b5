/** A share as a bar with its percentage. Unknown is shown as unknown, and not as none. */
import { percent } from '../format/numbers.ts';

export function Meter({ share, label }: { readonly share: number | null; readonly label: string }) {
  const known = share !== null;
  const level = !known ? 'unknown' : share >= 0.995 ? 'good' : share >= 0.9 ? 'warn' : 'bad';
  return (
    <span class={`meter ${level}`} role="img" aria-label={`${label}: ${percent(share)}`}>
      <span class="track" aria-hidden="true">
        <span class="fill" style={{ width: `${(share ?? 0) * 100}%` }} />
      </span>
      <span class="value" aria-hidden="true">
        {known ? percent(share) : '–'}
      </span>
    </span>
  );
}
