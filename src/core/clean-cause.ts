import { hideKnown } from './known-secrets.ts';

/** A foreign error without these secrets: it quotes what a server said. Its name and its code stay: they tell what happened. */
export function cleanCause(cause: unknown, secrets: readonly string[]): Error | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as { readonly code?: unknown };
  const clean = new Error(hideKnown(cause.message, secrets), { cause: cleanCause(cause.cause, secrets) });
  clean.name = hideKnown(cause.name, secrets);
  clean.stack = hideKnown(cause.stack ?? '', secrets);
  return Object.assign(clean, typeof code === 'string' && { code: hideKnown(code, secrets) });
}
