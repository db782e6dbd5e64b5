/** What a process does, as metrics, logs and traces name it: its roles, always in the same order; `command` for one without. */
export function roleOf(roles: readonly string[]): string {
  return roles.length === 0 ? 'command' : [...roles].sort().join('+');
}
