/** Pausing and resuming schedules: one, or all that a filter leaves. The server is told their names, in one request. */

import { type Signal, signal } from '@preact/signals';
import { counted } from '../../format/numbers.ts';
import { Choose } from '../../parts/choose.tsx';
import { confirm } from '../../parts/confirm.tsx';
import { Name } from '../../parts/text.tsx';
import { toast } from '../../parts/toasts.tsx';
import { client } from '../../session.ts';

/** The API takes so many names. */
export const MOST_AT_ONCE = 1_000;
/** Names that a dialog lists. */
const LISTED = 8;

const LENGTHS = [
  ['', 'until it is resumed'],
  ['3600000', 'for an hour'],
  ['28800000', 'for 8 hours'],
  ['86400000', 'for a day'],
  ['604800000', 'for a week'],
  ['until', 'until a time'],
] as const;

interface PauseWish {
  readonly length: Signal<string>;
  /** As the field has it, in the zone of whoever looks. */
  readonly until: Signal<string>;
}

export function askPause(names: readonly string[], done: () => void): void {
  const wish = { length: signal(''), until: signal('') };
  confirm({
    title: names.length === 1 ? 'Pause this schedule?' : `Pause ${counted(names.length, 'schedule')}?`,
    children: (
      <>
        <Names names={names} />
        <p class="muted">Times of a pause are skipped, and not made up for. A run that goes on goes on.</p>
        <Length wish={wish} />
      </>
    ),
    keys: 0,
    verb: 'Pause',
    act: async (why) => {
      const body = { which: { names }, why, ...endOf(wish) };
      const { schedules } = await client.peek().pauseSchedules({ body });
      toast(`${counted(schedules.length, 'schedule')} paused.`);
      done();
    },
  });
}

export function askResume(names: readonly string[], done: () => void): void {
  confirm({
    title: names.length === 1 ? 'Resume this schedule?' : `Resume ${counted(names.length, 'schedule')}?`,
    children: (
      <>
        <Names names={names} />
        <p class="muted">It fires again from its next time on. What was skipped is not made up for.</p>
      </>
    ),
    keys: 0,
    verb: 'Resume',
    act: async (why) => {
      const { schedules } = await client.peek().resumeSchedules({ body: { which: { names }, why } });
      toast(`${counted(schedules.length, 'schedule')} resumed.`);
      done();
    },
  });
}

function endOf({ length, until }: PauseWish): { for?: number; until?: string } {
  if (length.peek() === '') return {};
  if (length.peek() !== 'until') return { for: Number(length.peek()) };
  const at = new Date(until.peek());
  // The server says what is wrong with what is no time.
  return { until: Number.isNaN(at.getTime()) ? until.peek() : at.toISOString() };
}

function Names({ names }: { readonly names: readonly string[] }) {
  return (
    <p>
      {names.slice(0, LISTED).map((name, i) => (
        <>
          {i > 0 && ', '}
          <Name text={name} most={60} />
        </>
      ))}
      {names.length > LISTED && ` and ${counted(names.length - LISTED, 'other')}`}
    </p>
  );
}

function Length({ wish: { length, until } }: { readonly wish: PauseWish }) {
  return (
    <>
      <Choose
        class="field"
        label="For how long"
        value={length.value}
        choices={LENGTHS}
        change={(to) => {
          length.value = to;
        }}
      />
      {length.value === 'until' && (
        <label class="field">
          <span>Until, in your zone</span>
          <input
            type="datetime-local"
            required
            value={until.value}
            onInput={({ currentTarget }) => {
              until.value = currentTarget.value;
            }}
          />
        </label>
      )}
    </>
  );
}
