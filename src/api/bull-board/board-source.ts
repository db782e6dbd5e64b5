/** What bull-board is mounted on: the queue, and the audit log. */
import type { BaseAdapter } from '@bull-board/api/baseAdapter';

export interface BoardSource {
  /** The queues of all lanes that there are now, as bull-board takes them. */
  queues(isReadOnly: boolean): Promise<readonly BaseAdapter[]>;
  /** Takes secrets out of a text. */
  hide(text: string): string;
  /** What it puts in their place. */
  readonly mark: string;
  /** Notes that somebody begins to change something; what it returns notes how that ended. */
  begin(about: BoardAct): (outcome: 'done' | 'failed', result: string) => void;
}

export type BoardAct = Readonly<Record<'method' | 'path', string>>;

/** Where bull-board is. */
export const BOARD_PATH = '/bull-board';
export const SESSION_PATH = `${BOARD_PATH}/session`;
