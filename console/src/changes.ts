/**
 * The one stream of changes that this page follows: while somebody looks, and it is not paused. A browser has few connections to a server,
 * and a page that is not seen takes none of them. A stream that breaks is begun again, later and later; whenever it begins, all that is
 * shown is loaded.
 */
import { effect, signal } from '@preact/signals';
import type { ApiClient, Change } from '../../src/api-client/client.ts';
import {
  awaySince,
  catchUp,
  changed,
  isPaused,
  noteAway,
  noteFailure,
  noteStream,
  noteStreamEnd,
  TOPICS,
  type Topic,
} from './live.ts';
import { asApiError } from './loader.ts';
import { client, isSignedIn } from './session.ts';

/** A page that is hidden for longer is told of nothing until it is seen again, in ms. */
const UNSEEN_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** What a change of each kind is about. */
const ABOUT: Readonly<Record<Change['kind'], readonly Topic[]>> = {
  run: ['runs'],
  tick: ['schedules'],
  schedule: ['schedules'],
  origin: ['origins'],
  quarantine: ['origins', 'keys'],
  'dead-letters': ['work'],
  measured: ['service', 'keys', 'origins', 'work'],
  process: ['service', 'work'],
  audit: ['audit'],
};

/** What a run did to its keys is looked at when it has ended. */
function topicsOf(change: Change): readonly Topic[] {
  const about = ABOUT[change.kind] ?? TOPICS;
  return change.kind === 'run' && change.state === 'ended' ? [...about, 'keys'] : about;
}

const isSeen = signal(!document.hidden);

export function followChanges(): void {
  watchVisibility();
  effect(() => {
    if (!isSignedIn.value || isPaused.value || !isSeen.value) return;
    const leaving = new AbortController();
    void follow(client.value, leaving.signal);
    return () => leaving.abort();
  });
}

function watchVisibility(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => {
        isSeen.value = false;
      }, UNSEEN_MS);
    } else {
      isSeen.value = true;
      if (!isPaused.peek()) catchUp();
    }
  });
}

async function follow(api: ApiClient, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const ending = await followOnce(api, signal);
    noteStreamEnd();
    if (signal.aborted) return;
    if (ending === 'away') noteAway();
    else noteFailure();
    pause = PAUSES_MS[ending] ?? Math.min(LONGEST_PAUSE_MS, pause * 2);
    await sleep(pause, signal);
    // Who tells of no changes may still answer.
    if (ending !== 'away') changed(TOPICS);
  }
}

/** `told`: it broke after something was told; `away`: the server answered, and has no Redis to tell of. */
type Ending = 'told' | 'away' | 'silent';

/** Until it is begun again, in ms; what is not here is waited for longer and longer. */
const PAUSES_MS: Partial<Record<Ending, number>> = { told: FIRST_PAUSE_MS, away: 3_000 };

async function followOnce(api: ApiClient, signal: AbortSignal): Promise<Ending> {
  let ending: Ending = 'silent';
  try {
    for await (const { event, data, id } of api.watchChanges({}, { signal })) {
      ending = 'told';
      noteStream(id);
      if (event === 'away') awaySince.value ??= Date.now();
      else awaySince.value = undefined;
      if (event === 'change') changed(topicsOf(data));
      if (event === 'resync') changed(TOPICS);
    }
  } catch (thrown) {
    // The page shows since when, and what it is asked fails by itself and says why.
    if (asApiError(thrown).code === 'E_REDIS_UNAVAILABLE') return 'away';
  }
  return ending;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
