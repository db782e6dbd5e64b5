/** A row of small marks, the newest at the right: how the last times of something ended. */
import type { Tone } from './tone.ts';

export interface Mark {
  readonly id: string;
  readonly tone: Tone;
  /** What it stands for, for whoever points at it, and for who does not see it. */
  readonly says: string;
  readonly href?: string | undefined;
}

export function Strip({ marks, label }: { readonly marks: readonly Mark[]; readonly label: string }) {
  return (
    <ol class="strip" aria-label={label}>
      {marks.map(({ id, tone, says, href }) => (
        <li key={id}>
          {href === undefined ? (
            <span class={`mark ${tone}`} role="img" aria-label={says} title={says} />
          ) : (
            <a class={`mark ${tone}`} href={href} title={says}>
              <span class="unseen">{says}</span>
            </a>
          )}
        </li>
      ))}
    </ol>
  );
}
