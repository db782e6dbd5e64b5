/**
 * Asking before something is done: how many keys it is about, and above a thousand the number has to be typed. Whoever does it may say
 * why, which is kept on record.
 */
import { type Signal, signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../../../src/api-client/client.ts';
import { counted, exact } from '../format/numbers.ts';
import { asApiError } from '../loader.ts';
import { Dialog } from './dialog.tsx';
import { Failure } from './states.tsx';

export interface Confirmation {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Keys that it concerns; null: that is not known. */
  readonly keys: number | null;
  /** What they are, where they are no keys. */
  readonly thing?: string;
  /** What the button says. */
  readonly verb: string;
  readonly danger?: boolean;
  /** What was said of it, or '', goes with the request as `why`. Rejects with what is shown in the dialog, which stays. */
  readonly act: (why: string) => Promise<void>;
}

/** More are confirmed by typing how many. */
const TYPED_ABOVE = 1_000;

const asked = signal<Confirmation | undefined>(undefined);

export function confirm(confirmation: Confirmation): void {
  asked.value = confirmation;
}

export function Confirmations() {
  const { value } = asked;
  return value === undefined ? null : <Ask key={value.title} {...value} />;
}

function Ask({ title, children, keys, thing, verb, danger, act }: Confirmation) {
  const typed = useSignal('');
  const why = useSignal('');
  const { busy, error, run } = useAct(act);
  const mustType = keys === null || keys > TYPED_ABOVE;
  const wanted = keys === null ? verb.toLowerCase() : String(keys);
  const ready = !mustType || typed.value.replaceAll(/[\s,.]/g, '') === wanted;
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready && !busy) void run(why.peek());
  };
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={submit}>
        {children}
        <Why text={why} />
        {mustType && <Typed keys={keys} thing={thing ?? 'key'} wanted={wanted} typed={typed} />}
        {error !== undefined && <Failure error={error} />}
        <div class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={danger === true ? 'danger' : 'primary'} disabled={!ready || busy}>
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function close(): void {
  asked.value = undefined;
}

/** Done, it closes; failed, it stays and says why. */
function useAct(act: Confirmation['act']) {
  const busy = useSignal(false);
  const error = useSignal<ApiError | undefined>(undefined);
  const run = async (why: string) => {
    busy.value = true;
    error.value = undefined;
    await act(why).then(close, (thrown: unknown) => {
      error.value = asApiError(thrown);
    });
    busy.value = false;
  };
  return { busy: busy.value, error: error.value, run };
}

/** A note for people: it stands beside what was done. */
function Why({ text }: { readonly text: Signal<string> }) {
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

function Typed(props: {
  readonly keys: number | null;
  readonly thing: string;
  readonly wanted: string;
  readonly typed: { value: string };
}) {
  const { keys, thing, wanted, typed } = props;
  return (
    <label class="field">
      <span>
        {keys === null
          ? `How many ${thing}s it concerns is not known. `
          : `It concerns ${counted(keys, thing)}. `}
        Type <strong>{keys === null ? wanted : exact(keys)}</strong> to go on.
      </span>
      <input
        type="text"
        autocomplete="off"
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value.toLowerCase();
        }}
      />
    </label>
  );
}
