import { count } from '../../core/counted.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly text: string;
  /** The variables that the text named, each once. */
  readonly variables: readonly string[];
  /** What is wrong with the text; empty when nothing is. */
  readonly problems: readonly string[];
}

/** Characters of a variable. Linux passes on no more than 131,072 bytes of one, its name included (`MAX_ARG_STRLEN`). */
const LONGEST_VARIABLE = 128_000;
/** Characters of a text in which variables were put: it may name one again and again. */
const LONGEST_TEXT = 1_000_000;

const TOO_LONG = `the text has more than ${count(LONGEST_TEXT)} characters once its variables are put in`;

const SUBSTITUTION = /\$\$\{|\$\{([^}]*)(\}?)/g;
const FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** What is wrong with the length of what a variable holds; undefined: nothing. */
export function lengthProblem(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value.length <= LONGEST_VARIABLE) return undefined;
  return `the environment variable ${name} has ${count(value.length)} characters, and ${count(LONGEST_VARIABLE)} are allowed`;
}

/**
 * Puts environment variables into a text: `${NAME}`, and `${NAME:-default}` for one that may be unset or empty; a default is plain text. `$${`
 * is a plain `${`. What a variable holds is not looked through again.
 */
export function substitute(text: string, env: Environment): Substituted {
  const variables = new Set<string>();
  const problems: string[] = [];
  let length = text.length;
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
    length += value?.length ?? 0;
    const problem = length > LONGEST_TEXT ? TOO_LONG : lengthProblem(name, value);
    if (problem !== undefined) {
      if (problems.at(-1) !== problem) problems.push(problem);
      return '';
    }
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
