export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly text: string;
  /** The variables that the text named, each once. */
  readonly variables: readonly string[];
  /** What is wrong with the text; empty when nothing is. */
  readonly problems: readonly string[];
}

const SUBSTITUTION = /\$\$\{|\$\{([^}]*)(\}?)/g;
const FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Puts environment variables into a text: `${NAME}`, and `${NAME:-default}` for one that may be unset or empty; a default is plain text. `$${`
 * is a plain `${`. What a variable holds is not looked through again.
 */
export function substitute(text: string, env: Environment): Substituted {
  const variables = new Set<string>();
  const problems: string[] = [];
  const replaced = text.replace(SUBSTITUTION, (found: string, inside: string | undefined, end: string) => {
    if (inside === undefined) return '${';
    const [, name, fallback] = (end === '' ? undefined : FORM.exec(inside)) ?? [];
    if (fallback?.includes('${')) {
      problems.push(
        `the default of \${${name}} has a substitution in it, which is not supported; set ${name}, or write the default out`,
      );
      return found;
    }
    if (name === undefined) {
      // Without its words: they may be a password that has a ${ in it.
      problems.push(
        `what begins with \${ is no substitution; write \${NAME} or \${NAME:-default}, or $\${ for a plain \${`,
      );
      return found;
    }
    variables.add(name);
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) {
      problems.push(
        `the environment variable ${name} is not set; set it, or give a default: \${${name}:-default}`,
      );
    }
    return value ?? found;
  });
  return { text: replaced, variables: [...variables], problems };
}
