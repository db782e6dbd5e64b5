const SECRET_NAMES = [
  'password',
  'secret',
  'token',
  'tokens',
  'authorization',
  'cookie',
  'apiKey',
  'headers',
];

/** Fields of a log record that are never written, at the top and one level down. */
export const SECRET_PATHS: string[] = SECRET_NAMES.flatMap((name) => [name, `*.${name}`]);

/**
 * Hides credentials inside a text, such as an error message or a whole JSON line: `scheme://user:password@`, bearer and
 * basic tokens, and query parameters with a telling name. Quotes are never touched, so JSON stays JSON.
 */
export function hideSecrets(text: string): string {
  return text
    .replace(/:\/\/[^\s/"\\?#]*@/g, '://[redacted]@')
    .replace(/\b(bearer|basic) +[\w.~+/=-]{12,}/gi, '$1 [redacted]')
    .replace(/([?&](?:[\w-]*(?:token|secret|password|signature|key)))=[^&\s"\\]+/gi, '$1=[redacted]');
}
