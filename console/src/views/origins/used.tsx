import type { Budget } from '../../../../src/api-client/client.ts';
import { exact, percent } from '../../format/numbers.ts';
import { Card } from '../../parts/layout.tsx';
import { ENDINGS, USER_WORDS, USERS } from './words.ts';

/** Who made the calls of the last day, and how they ended, as the ledger counted them. */
export function Used({ origin: { total } }: { readonly origin: Budget }) {
  return (
    <Card title="Who called it, in a day" aside={`${exact(total.calls)} calls`}>
      {total.calls === 0 ? (
        <p class="muted">Nobody called it in the last 24 hours.</p>
      ) : (
        <>
          <ul class="lines three">
            {USERS.map((user) => (
              <li key={user}>
                <span class="cut">{USER_WORDS[user]}</span>
                <span class="end muted">{percent(total.share[user])}</span>
                <span class="end">{exact(total.by[user])}</span>
              </li>
            ))}
          </ul>
          <p class="muted">
            {ENDINGS.filter(({ of }) => of(total) > 0)
              .map(({ name, of }) => `${exact(of(total))} ${name}`)
              .join(', ')}
            .
          </p>
        </>
      )}
    </Card>
  );
}
