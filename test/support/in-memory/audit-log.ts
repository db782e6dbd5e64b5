/** The audit log as a list. */
import type { Action, ActionRequest, AuditLog, RecordedAction } from '../../../src/catalog/audit-log.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { ForewarmError } from '../../../src/core/errors.ts';

export class AuditLogInMemory implements AuditLog {
  readonly #clock: Clock;
  readonly #keys = new Set<string>();
  #actions: readonly RecordedAction[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async add(key: string, action: Action): Promise<void> {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const at = this.#clock.now();
    this.#actions = [{ ...action, id: `${at}-${this.#actions.length}`, at }, ...this.#actions];
  }

  async list(filter: ActionRequest, limit: number, cursor: string | undefined) {
    const { who, verb, since = 0, until = Number.POSITIVE_INFINITY } = filter;
    const from = cursor === undefined ? 0 : this.#actions.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && from === 0)
      throw new ForewarmError('E_REQUEST_INVALID', `"${cursor}" is not a cursor of the audit log`);
    const found = this.#actions
      .slice(from)
      .filter(({ at }) => at >= since && at <= until)
      .filter((action) => (who ?? action.who) === action.who && (verb ?? action.verb) === action.verb);
    const actions = found.slice(0, limit);
    return { actions, cursor: found.length > limit ? actions.at(-1)?.id : undefined };
  }
}
