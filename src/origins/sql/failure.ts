/** What the errors of PostgreSQL mean (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import { messageOf, OriginError, type OriginErrorClass } from '../../core/errors.ts';

/** Whole classes that may have passed by the next call: connection, rollback, resources, intervention, system, internal. */
const RETRYABLE_CLASSES = new Set(['08', '40', '53', '57', '58', 'XX']);
/** Lock not available, object in use; what a pooler makes of a prepared statement. */
const RETRYABLE_CODES = new Set(['55P03', '55006', '26000', '42P05']);
/** The server has no connection left for us. */
const TOO_MANY_CONNECTIONS = '53300';
/** A prepared statement whose table was changed: on a new connection it is prepared again. */
const CHANGED_PLAN = /cached plan must not change result type/;
/**
 * Classes whose messages speak of the query, the server or the connection. Those of the others (data, constraints, what a
 * function raises) may quote values of params, which may be secrets, and are left out.
 */
const SPEAKING = new Set(['08', '0A', '25', '26', '28', '3D', '3F', '40', '42', '53', '55', '57', '58']);

/** Cardinality, data, what a function raises, limits of a program: one value of an array may be to blame. */
const REFUSES_VALUES = new Set(['21', '22', 'P0', '54']);

const HINTS: Readonly<Record<string, string>> = {
  '22P02': 'a value does not fit the type of its placeholder; cast the column, such as `id::text = ANY($1)`',
  '42P05': 'behind a pooler, set `prepare: false`',
  '26000': 'behind a pooler, set `prepare: false`',
  '57014': 'the server ended it; it took longer than `timeout`',
};

/** The failure that an error of a query or a connection stands for. `name` is that of the origin. */
export function sqlFailure(name: string, thrown: unknown): OriginError {
  if (thrown instanceof OriginError) return thrown;
  const code = sqlStateOf(thrown);
  if (code === undefined) {
    return new OriginError('retryable', `sql origin "${name}" failed: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  const said = SPEAKING.has(code.slice(0, 2)) ? [messageOf(thrown)] : [];
  const why = [...said, ...(HINTS[code] === undefined ? [] : [HINTS[code]])].join('; ');
  const message = `sql origin "${name}" answered SQLSTATE ${code}${why === '' ? '' : `: ${why}`}`;
  // No cause: an error of PostgreSQL carries the values that it is about.
  return new OriginError(classOf(code, messageOf(thrown)), message, {
    details: { sqlState: code },
    answered: true,
    refusesBatch: REFUSES_VALUES.has(code.slice(0, 2)),
  });
}

function classOf(code: string, message: string): OriginErrorClass {
  if (code === TOO_MANY_CONNECTIONS) return 'throttled';
  if (RETRYABLE_CLASSES.has(code.slice(0, 2)) || RETRYABLE_CODES.has(code)) return 'retryable';
  return CHANGED_PLAN.test(message) ? 'retryable' : 'permanent';
}

/** Errors of the network have codes as well, such as ECONNREFUSED; a SQLSTATE is five digits and capitals. */
function sqlStateOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  const { code } = thrown;
  const isOfServer = 'severity' in thrown;
  return isOfServer && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
