/** Releasing keys from quarantine: some that are named, or all that match. The server is asked how many those are, and does it. */
import type { ComponentChildren } from 'preact';
import { counted, exact } from '../../format/numbers.ts';
import { asApiError } from '../../loader.ts';
import { confirm } from '../../parts/confirm.tsx';
import { Name } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { client } from '../../session.ts';

/** Names that a dialog lists. */
const LISTED = 8;

interface Which {
  readonly origin: string;
  readonly source: string | undefined;
}

export function askRelease(keys: readonly string[], done: () => void): void {
  ask(keys.length, { keys: [...keys] }, done, <Keys of={keys} />);
}

/** How many there are is asked anew: it may be long ago that they were listed. */
export function askReleaseOf({ origin, source }: Which, done: () => void): void {
  client
    .peek()
    .listQuarantine({ origin, source, limit: 1 })
    .then(
      ({ total }) =>
        ask(
          total,
          { origin, source },
          done,
          <p>
            {source === undefined ? 'All keys of the origin ' : 'All keys of the source '}
            <Name text={source ?? origin} /> that are in quarantine as it is done: {exact(total)} now.
          </p>,
        ),
      (thrown: unknown) => toast(`It could not be asked how many there are: ${asApiError(thrown).message}`),
    );
}

type Body = NonNullable<Parameters<ReturnType<typeof client.peek>['releaseQuarantine']>[0]>['body'];

function ask(count: number, body: Body, done: () => void, which: ComponentChildren): void {
  confirm({
    title: count === 1 ? 'Release this key?' : `Release ${counted(count, 'key')}?`,
    children: (
      <>
        {which}
        <p class="muted">
          They are due at once, and what failed before is forgotten: what caused it should be mended.
        </p>
      </>
    ),
    keys: count,
    verb: 'Release',
    act: async (why) => {
      const { released } = await client.peek().releaseQuarantine({ body: { ...body, why } });
      toast(released === 0 ? 'None was in quarantine any more.' : `${counted(released, 'key')} released.`);
      done();
    },
  });
}

function Keys({ of }: { readonly of: readonly string[] }) {
  return (
    <>
      <ul>
        {of.slice(0, LISTED).map((key) => (
          <li key={key}>
            <Name text={key} most={80} />
          </li>
        ))}
      </ul>
      {of.length > LISTED && <p>and {counted(of.length - LISTED, 'other')}</p>}
    </>
  );
}
