/** How the last times of a schedule ended, as a strip. */
import type { ScheduleResults } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { Strip } from '../../parts/strip.tsx';
import { addressOf } from '../../router.ts';
import { endOf, sentenceOf } from './words.ts';

/** Times that a strip has. */
export const STRIP = 20;

export function Results(props: {
  readonly name: string;
  readonly zone: string | null;
  readonly results: ScheduleResults | undefined;
  /** Whether its marks lead to their runs. In a long list they would be a long way for whoever goes by keyboard. */
  readonly links?: boolean;
}) {
  const { name, zone, results, links = false } = props;
  if (results === undefined) return <div class="strip muted">unknown</div>;
  const ticks = results.ticks.slice(0, STRIP);
  if (ticks.length === 0) return <div class="strip muted">none yet</div>;
  const marks = ticks.toReversed().map((tick) => ({
    id: `${tick.from} ${tick.nominal}`,
    tone: endOf(tick).tone,
    says: sentenceOf(tick, now.value, zone ?? undefined),
    href: links && tick.run !== null ? addressOf('run', { id: tick.run }) : undefined,
  }));
  return <Strip marks={marks} label={`The last times of ${name}`} />;
}
