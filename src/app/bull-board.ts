/** What bull-board is mounted on. Its packages are loaded when somebody first opens it. */
import type { BoardSource } from '../api/bull-board/board-source.ts';
import { REDACTED } from '../core/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import type { Booted } from './boot.ts';

export function assembleBoard(
  { parts: { queue, budgets }, begin, hide }: Booted,
  { console }: Settings,
): BoardSource | undefined {
  if (!console.bullBoard) return undefined;
  let lanes: Promise<Pick<BoardSource, 'queues'>> | undefined;
  const load = async () => {
    const { BoardLanes } = await import('../queue/bull-board.ts');
    const found = new BoardLanes({ queue, budgets });
    return { queues: (isReadOnly: boolean) => found.adapters(isReadOnly) };
  };
  return {
    queues: async (isReadOnly) => {
      lanes ??= load();
      return (await lanes).queues(isReadOnly);
    },
    ...{ begin, hide, mark: REDACTED },
  };
}
