/** What is told of each statement, however it ended. */
import type { Clock } from '../../core/clock.ts';
import type { OriginError } from '../../core/errors.ts';
import type { EventMap } from '../../core/events.ts';
import type { ErrorType } from '../../core/http-terms.ts';
import { sqlFailure } from './failure.ts';

type Operation = EventMap['db:called'];

/** What an origin behind a database may be given beside the rest. */
export interface SqlListener {
  /** Called when a statement is over, and when connecting failed. */
  readonly onStatement?: (operation: Operation) => void;
}

interface OperationsDeps extends SqlListener {
  readonly clock: Clock;
  /** The server and the database. */
  readonly place: Pick<Operation, 'db_namespace' | 'server_address' | 'server_port'>;
}

/** Times statements. They reject as they would without that. */
export class Operations {
  readonly #deps: OperationsDeps;
  readonly #late = new WeakSet<OriginError>();

  constructor(deps: OperationsDeps) {
    this.#deps = deps;
  }

  /** The same; a statement that is aborted with it took too long. */
  late(error: OriginError): OriginError {
    this.#late.add(error);
    return error;
  }

  /** One statement on a connection. `name`: of one that is not configured. */
  async statement<T>(name: string, over: AbortSignal, work: () => Promise<T>): Promise<T> {
    const began = this.#deps.clock.elapsed();
    try {
      const done = await work();
      this.#tell(name, began, '');
      return done;
    } catch (thrown) {
      this.#tell(name, began, this.#typeOf(thrown, over));
      throw thrown;
    }
  }

  /** Connecting is no statement, and told where it fails. */
  async connecting<T>(over: AbortSignal, work: () => Promise<T>): Promise<T> {
    const began = this.#deps.clock.elapsed();
    try {
      return await work();
    } catch (thrown) {
      this.#tell('', began, this.#typeOf(thrown, over));
      throw thrown;
    }
  }

  #tell(db_operation_name: string, began: number, error_type: ErrorType | ''): void {
    const { clock, place, onStatement } = this.#deps;
    const ms = clock.elapsed() - began;
    onStatement?.({ db_system_name: 'postgresql', db_operation_name, ...place, error_type, ms });
  }

  #typeOf(thrown: unknown, over: AbortSignal): ErrorType {
    if (over.aborted) return this.#late.has(over.reason) ? 'timeout' : 'cancelled';
    const failure = sqlFailure('', thrown);
    const state = failure.details.sqlState;
    if (state === undefined) return 'connection';
    if (state === QUERY_CANCELED) return 'timeout';
    return failure.class === 'permanent' ? 'refused' : 'unavailable';
  }
}

/** The server ended it by its `statement_timeout`. */
const QUERY_CANCELED = '57014';
