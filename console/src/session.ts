/**
 * Who looks, and the client that asks for them. A token is kept in memory, or for this tab where somebody asks for that. When the
 * server refuses it, the page asks for another one, and stays where it is.
 */
import { computed, signal } from '@preact/signals';
import { type ApiClient, createClient } from '../../src/api-client/client.ts';
import { config } from './config.ts';
import { lastEvent, noteAnswer, noteFailure } from './live.ts';
import { ROOT } from './router.ts';

const KEPT = 'forewarm.token';

const token = signal<string | undefined>(sessionStorage.getItem(KEPT) ?? undefined);
/** Why the last token is not used any more. */
export const refusal = signal<string | undefined>(undefined);

export const isSignedIn = computed(() => !config.tokens || token.value !== undefined);
/** Whether there is a token to forget. */
export const mayLeave = computed(() => token.value !== undefined);

/** Changes with the token. */
export const client = computed<ApiClient>(() => clientWith(token.value));

/** For what is asked because of a change: it says which one, so that the server may answer all pages that ask for it by one reading. */
export const follower = computed<ApiClient>(() => clientWith(token.value, seenEvent));

function seenEvent(): Readonly<Record<string, string>> {
  const seen = lastEvent.peek();
  return seen === undefined ? {} : { 'last-event-id': seen };
}

function clientWith(
  used: string | undefined,
  more: () => Readonly<Record<string, string>> = () => ({}),
): ApiClient {
  return createClient({
    url: ROOT.slice(0, -1),
    token: used,
    fetch: async (target, init) => {
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...more() };
      const answer = await noted(fetch(target, { ...init, headers }), init.signal);
      if (answer.status === 401 && used !== undefined && token.peek() === used) {
        leave('The server does not know this token any more.');
      }
      return answer;
    },
  });
}

/** What leaves by itself says nothing of the server; nor does an answer that a proxy makes in its place. */
async function noted(asked: Promise<Response>, signal: AbortSignal | null | undefined): Promise<Response> {
  try {
    const answer = await asked;
    if (answer.status < 500 || isJson(answer)) noteAnswer();
    return answer;
  } catch (error) {
    if (signal?.aborted !== true) noteFailure();
    throw error;
  }
}

function isJson({ headers }: Response): boolean {
  return /^application\/(?:problem\+)?json/.test(headers.get('content-type') ?? '');
}

/** A session outlives the token that this page has forgotten, and would let in whoever comes next. It takes no token to end it. */
export async function leaveBoard(): Promise<void> {
  if (!config.tokens || !config.bullBoard) return;
  await clientWith(undefined)
    .endBullBoardSession()
    .catch(() => undefined); // it ends by itself, and what is shown fails by itself
}

/** Rejects where the server does not take the token. */
export async function signIn(wanted: string, keep: boolean): Promise<void> {
  await clientWith(wanted).readCaller();
  // One of another token, from another tab perhaps.
  await leaveBoard();
  if (keep) sessionStorage.setItem(KEPT, wanted);
  refusal.value = undefined;
  token.value = wanted;
}

export function leave(why?: string): void {
  sessionStorage.removeItem(KEPT);
  refusal.value = why;
  token.value = undefined;
  void leaveBoard();
}
