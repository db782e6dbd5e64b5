/** Asks for a token, in place of the view; the address stays. */
import { useSignal } from '@preact/signals';
import type { ApiError } from '../../src/api-client/client.ts';
import { asApiError } from './loader.ts';
import { Head } from './parts/layout.tsx';
import { Failure } from './parts/states.tsx';
import { refusal, signIn } from './session.ts';

export function SignIn() {
  const { busy, error, submit } = useForm();
  return (
    <form class="sign-in card" onSubmit={submit}>
      <Head title="Sign in">
        <p class="muted">{refusal.value ?? 'Callers of this server need one of its tokens (api.tokens).'}</p>
      </Head>
      <label class="field">
        <span>Token</span>
        <input type="password" name="token" required autocomplete="current-password" spellcheck={false} />
      </label>
      <label class="check">
        <input type="checkbox" name="keep" />
        <span>
          Keep it for this tab
          <span class="muted"> Otherwise it is forgotten when the page is loaded again.</span>
        </span>
      </label>
      {error !== undefined && <Failure error={error} />}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          Sign in
        </button>
      </div>
    </form>
  );
}

function useForm() {
  const error = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement) || busy.value) return;
    const form = new FormData(event.currentTarget);
    busy.value = true;
    error.value = undefined;
    await signIn(String(form.get('token') ?? '').trim(), form.get('keep') === 'on').catch(
      (thrown: unknown) => {
        error.value = asApiError(thrown);
      },
    );
    busy.value = false;
  };
  return { busy: busy.value, error: error.value, submit };
}
