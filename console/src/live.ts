/**
 * What keeps the page current. Everything that is shown names the topics that it is about; a change of one has it loaded again. Paused,
 * nothing is: also not when the window comes back, or the connection does. What changes while nobody looks is loaded when somebody does.
 */
import { computed, type Signal, signal } from '@preact/signals';

export const TOPICS = ['runs', 'schedules', 'origins', 'keys', 'work', 'service', 'audit'] as const;
export type Topic = (typeof TOPICS)[number];

const versions = new Map<Topic, Signal<number>>(TOPICS.map((topic) => [topic, signal(0)]));
/** Changed while nobody looked. */
const waiting = new Set<Topic>();

export const isPaused = signal(false);
/** Since when changes are not told; undefined: they are, as far as is known. */
export const lostSince = signal<number | undefined>(undefined);
/** Since when the jobs Redis does not answer the server. */
export const awaySince = signal<number | undefined>(undefined);
/** The id of the last event of the stream that is followed; undefined: none is. */
export const lastEvent = signal<string | undefined>(undefined);
let isFollowing = false;

export const liveState = computed(() => {
  if (isPaused.value) return 'paused';
  if (lostSince.value !== undefined) return 'lost';
  return awaySince.value === undefined ? 'live' : 'away';
});

/** Changes when something about one of the topics did. */
export function versionOf(topics: readonly Topic[]): string {
  return topics.map((topic) => versions.get(topic)?.value ?? 0).join();
}

export function changed(topics: readonly Topic[]): void {
  for (const topic of topics) {
    const version = versions.get(topic);
    if (document.hidden) waiting.add(topic);
    else if (version !== undefined) version.value += 1;
  }
}

/** Somebody looks again. */
export function catchUp(): void {
  const missed = [...waiting];
  waiting.clear();
  changed(missed);
}

/** The server told of a change, or that it goes on to do so. */
export function noteStream(event: string | undefined): void {
  isFollowing = true;
  lastEvent.value = event;
  lostSince.value = undefined;
}

export function noteStreamEnd(): void {
  isFollowing = false;
  lastEvent.value = undefined;
}

/** A question was answered, be it with a problem. */
export function noteAnswer(): void {
  if (isFollowing) lostSince.value = undefined;
}

/** A question was not, or changes are not told any more. */
export function noteFailure(): void {
  lostSince.value ??= Date.now();
}

/** The server answers, and says that the jobs Redis does not. */
export function noteAway(): void {
  awaySince.value ??= Date.now();
  lostSince.value = undefined;
}

export function pause(): void {
  isPaused.value = true;
}

/** What happened meanwhile is loaded at once. */
export function resume(): void {
  isPaused.value = false;
  changed(TOPICS);
}
