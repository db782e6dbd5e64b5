import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../../../../src/api-client/client.ts';
import { lacks } from '../../caller.ts';
import { asApiError } from '../../loader.ts';
import { Action } from '../../parts/button.tsx';
import { Failure } from '../../parts/states.tsx';
import { confirmInvalidation } from './invalidate.tsx';
import { confirmWarming } from './warm.tsx';

/** A selector that something is done about. */
export interface Subject {
  readonly selector: string;
  /** The list shows fewer than it selects. */
  readonly whatever?: boolean;
}

type State = 'idle' | 'warm' | 'invalidate' | ApiError;

/** What can be done with all keys of a selector. The server is asked first what that would be. */
export function SelectionActions({
  children,
  ...subject
}: Subject & { readonly children?: ComponentChildren }) {
  const state = useSignal<State>('idle');
  const error = typeof state.value === 'string' ? undefined : state.value;
  return (
    <>
      <div class="selection">
        {children}
        <div class="actions">
          <Action scope="warm" onClick={() => ask(state, 'warm', () => confirmWarming(subject))}>
            {state.value === 'warm' ? 'Looking…' : 'Warm…'}
          </Action>
          <Invalidate subject={subject} state={state} />
        </div>
      </div>
      {error !== undefined && <Failure error={error} />}
    </>
  );
}

/** Everything is not invalidated by a selector that somebody forgot. */
function Invalidate({ subject, state }: { readonly subject: Subject; readonly state: Signal<State> }) {
  if (subject.selector === '' && lacks('invalidate') === undefined) {
    const why = 'Select which first. Everything is invalidated by forewarm clear.';
    return (
      <span class="action">
        <button type="button" class="danger" aria-disabled="true" title={why}>
          Invalidate…
        </button>
        <span class="why">{why}</span>
      </span>
    );
  }
  return (
    <Action
      scope="invalidate"
      danger
      onClick={() => ask(state, 'invalidate', () => confirmInvalidation(subject))}
    >
      {state.value === 'invalidate' ? 'Looking…' : 'Invalidate…'}
    </Action>
  );
}

/** One at a time; what the server said instead stays until the next. */
async function ask(state: Signal<State>, what: 'warm' | 'invalidate', preview: () => Promise<void>) {
  if (state.peek() === 'warm' || state.peek() === 'invalidate') return;
  state.value = what;
  await preview().then(
    () => {
      state.value = 'idle';
    },
    (thrown: unknown) => {
      state.value = asApiError(thrown);
    },
  );
}
