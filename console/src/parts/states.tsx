/** What stands where there is nothing to show: not yet, nothing at all, or a failure. */
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../../../src/api-client/client.ts';
import { visible } from '../format/text.ts';
import type { Query } from '../query.ts';
import { Icon } from './icon.tsx';
import { Ago } from './text.tsx';

/** The part of a view that a question fills. What was known stays while the question has no answer. */
export function Loaded<T>(props: {
  readonly query: Query<T>;
  /** Lines that it takes about, so that nothing moves when it comes. */
  readonly lines?: number;
  /** It keeps this room where it takes less: what is below does not move. */
  readonly keeps?: boolean;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data, error, at, refresh } = props.query;
  return (
    <>
      {error !== undefined && <Failure error={error} since={at} retry={refresh} />}
      {data !== undefined && (
        <Kept lines={props.keeps === true ? props.lines : undefined}>{props.children(data)}</Kept>
      )}
      {data === undefined && error === undefined && <Waiting lines={props.lines ?? 3} />}
    </>
  );
}

function Kept({
  lines,
  children,
}: {
  readonly lines: number | undefined;
  readonly children: ComponentChildren;
}) {
  if (lines === undefined) return <>{children}</>;
  return (
    <div class="kept" style={{ '--lines': lines }}>
      {children}
    </div>
  );
}

export function Waiting({ lines }: { readonly lines: number }) {
  return (
    <div class="waiting" role="status" style={{ '--lines': lines }}>
      <span class="unseen">Loading</span>
    </div>
  );
}

/** What the server said, in its words. */
export function Failure(props: {
  readonly error: ApiError;
  /** When what is still shown came. */
  readonly since?: number | undefined;
  readonly retry?: (() => void) | undefined;
}) {
  const { error, since, retry } = props;
  const { problem } = error;
  return (
    <div class="notice bad" role="alert">
      <Icon name="warn" />
      <div>
        <p>
          <strong>{problem?.title ?? 'The server does not answer.'}</strong>{' '}
          <span class="name">{error.code}</span>
        </p>
        <p>{visible(problem?.detail ?? error.message)}</p>
        {problem?.errors?.map(({ place, message }) => (
          <p key={place}>
            <code>{visible(place)}</code> {visible(message)}
          </p>
        ))}
        {since !== undefined && (
          <p class="muted">
            What is shown was loaded <Ago at={since} />.
          </p>
        )}
      </div>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Nothing is there, and what to do about it. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="lead">{title}</p>
      {children}
    </div>
  );
}
