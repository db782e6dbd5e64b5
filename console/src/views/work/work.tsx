/** What waits and who works: lanes, processes, and what failed for good. */
import { caller } from '../../caller.ts';
import { Head } from '../../parts/layout.tsx';
import { BoardLink } from './board-link.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { Lanes } from './lanes.tsx';
import { Processes } from './processes.tsx';
import './work.css';

export default function Work() {
  return (
    <>
      <Head title="Work" actions={caller.value?.bullBoard === true ? <BoardLink /> : undefined}>
        <p class="muted">Jobs that wait and those under way, who does them, and what failed for good.</p>
      </Head>
      <div class="cards">
        <Lanes />
        <Processes />
        <DeadLetters />
      </div>
    </>
  );
}
