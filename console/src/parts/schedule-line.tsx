import type { ComponentChildren } from 'preact';
import { Badge } from './layout.tsx';
import { Ago, To } from './text.tsx';

/** A schedule in a list: its name, what the view says of it, and when it fires next. */
export function ScheduleLine(props: {
  readonly name: string;
  readonly isPaused: boolean;
  readonly nextAt: number | null;
  readonly children: ComponentChildren;
}) {
  const { name, isPaused, nextAt } = props;
  return (
    <li>
      <span class="cut">
        <To view="schedule" query={{ name }}>
          {name}
        </To>
      </span>
      {props.children}
      <span class="end">
        {isPaused ? <Badge tone="warn">paused</Badge> : nextAt === null ? 'never' : <Ago at={nextAt} />}
      </span>
    </li>
  );
}
