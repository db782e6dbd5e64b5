/** The way to bull-board. It is opened without a token: a cookie, which is asked for first, says who looks. */
import { lacks } from '../../caller.ts';
import { asApiError } from '../../loader.ts';
import { toast } from '../../parts/toasts.tsx';
import { ROOT } from '../../router.ts';
import { client } from '../../session.ts';

export function BoardLink() {
  const open = async (event: MouseEvent) => {
    event.preventDefault();
    // At once, or the browser takes it for one that nobody asked for.
    const opened = window.open('about:blank', '_blank');
    try {
      await client.peek().beginBullBoardSession();
      if (opened !== null) opened.opener = null;
      (opened ?? window).location.assign(`${ROOT}bull-board/`);
    } catch (thrown) {
      opened?.close();
      toast(asApiError(thrown).message);
    }
  };
  return (
    <a
      href={`${ROOT}bull-board/`}
      target="_blank"
      rel="noopener"
      title={lacks('admin') === undefined ? 'Each job, and changing it' : 'Each job, for looking'}
      onClick={(event) => void open(event)}
    >
      bull-board
    </a>
  );
}
