import { Head } from './layout.tsx';
import { Empty } from './states.tsx';
import { To } from './text.tsx';

/** What a view of one thing shows where its address names none; and where there is a list of them. */
export function Nameless(props: {
  readonly title: string;
  readonly thing: string;
  readonly view: string;
  readonly children: string;
}) {
  return (
    <>
      <Head title={props.title} />
      <Empty title={`The address names no ${props.thing}.`}>
        <p>
          <To view={props.view}>{props.children}</To>
        </p>
      </Empty>
    </>
  );
}
