/**
 * What keeps the page current. Everything that is shown names the topics that it is about; a change of one has it loaded again. Paused,
 * nothing is: also not when the window comes back, or the connection does.
 */
import { computed, type Signal, signal } from '@preact/signals';

export const TOPICS = ['runs', 'schedules', 'origins', 'keys', 'work', 'service', 'audit'] as const;
export type Topic = (typeof TOPICS)[number];

/** Without a stream of changes, everything is looked at so often, in ms. */
const EVERY_MS = 5_000;

const versions = new Map<Topic, Signal<number>>(TOPICS.map((topic) => [topic, signal(0)]));

export const isPaused = signal(false);
/** Since when the server does not answer; undefined: it does, as far as is known. */
export const lostSince = signal<number | undefined>(undefined);

export const liveState = computed(() => {
  if (lostSince.value !== undefined) return 'lost';
  return isPaused.value ? 'paused' : 'live';
});

/** Changes when something about one of the topics did. */
export function versionOf(topics: readonly Topic[]): string {
  return topics.map((topic) => versions.get(topic)?.value ?? 0).join();
}

export function changed(topics: readonly Topic[]): void {
  for (const topic of topics) {
    const version = versions.get(topic);
    if (version !== undefined) version.value += 1;
  }
}

export function answered(): void {
  lostSince.value = undefined;
}

export function unanswered(): void {
  lostSince.value ??= Date.now();
}

export function pause(): void {
  isPaused.value = true;
}

/** What happened meanwhile is loaded at once. */
export function resume(): void {
  isPaused.value = false;
  changed(TOPICS);
}

export function followChanges(): void {
  const look = () => {
    if (!isPaused.peek() && !document.hidden) changed(TOPICS);
  };
  setInterval(look, EVERY_MS);
  document.addEventListener('visibilitychange', look);
  addEventListener('online', look);
}
