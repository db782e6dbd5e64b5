/** What sockets and resolvers say when nothing was connected. */
const UNREACHED = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether the origin was not reached at all, as the code of the error or of what caused it tells. */
export function isUnreached(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return (typeof code === 'string' && UNREACHED.has(code)) || isUnreached(error.cause);
}
