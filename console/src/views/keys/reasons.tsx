import type { Explanation } from '../../../../src/api-client/client.ts';
import { visible } from '../../format/text.ts';
import { Ago, Copy, Told } from '../../parts/text.tsx';

type Statement = Omit<Explanation['kept'], 'cause'> & { readonly cause: string };

/** Sentences of the server, each with when it is over and what ends it. */
export function Reasons({ told }: { readonly told: readonly Statement[] }) {
  return (
    <ul class="reasons">
      {told.map((each) => (
        <li key={each.cause}>
          <p>
            <Told text={each.sentence} most={2_000} />
            {each.until !== null && (
              <span class="muted">
                {' '}
                (<Ago at={each.until} />)
              </span>
            )}
          </p>
          {each.by !== null && <p class="muted">By {visible(each.by)}.</p>}
          {each.command !== null && <Command words={each.command} />}
        </li>
      ))}
    </ul>
  );
}

/** What somebody would type. */
export function Command({ words }: { readonly words: string }) {
  const text = words.startsWith('forewarm ') ? words : `forewarm ${words}`;
  return (
    <p class="command">
      <code>{visible(text)}</code>
      <Copy text={text} what="the command" />
    </p>
  );
}
