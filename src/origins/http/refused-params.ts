/** Params that no request is made of: they would lead to another resource, or be taken for two. */
import type { Params } from '../../core/source.ts';
import { expand, parseTemplate, percentEncode, type Template } from '../template.ts';
import { stepsOut } from './steps-out.ts';

export function stepProblem({ text }: Pick<Template, 'text'>): string {
  return `request "${text}": a param makes a step out of the path; \`traversal: allow\` lets it`;
}

interface Joining {
  /** The param by which the keys of a call are told apart. */
  readonly param: string;
  readonly join: string;
  /** Whether values are joined in path or query, rather than listed in the body. */
  readonly joins: boolean;
  /** Whether they are joined in the path. */
  readonly isInPath: boolean;
  readonly keepsPath: boolean;
  readonly target: Pick<Template, 'text'>;
}

/** Why a value cannot be asked for together with others; undefined when it can. */
export function joinProblem(batch: Joining, value: string): string | undefined {
  if (batch.keepsPath && batch.isInPath && stepsOut(value)) return stepProblem(batch.target);
  // Many servers decode a list before they take it apart, and would take such a value for two.
  if (!batch.joins || !value.includes(batch.join)) return undefined;
  return `{${batch.param}} has a "${batch.join}" in it, which joins values; choose another \`batch.join\``;
}

interface Requests {
  readonly path?: string | undefined;
  readonly traversal: 'refuse' | 'allow';
}

/** Why no request can be made of these params; undefined when one can. One that has both forms must do for both. */
export function paramRefusal(
  { path, traversal }: Requests,
  batch: (Omit<Joining, 'keepsPath' | 'target'> & { readonly path: string }) | undefined,
): (params: Params) => string | undefined {
  const keepsPath = traversal === 'refuse';
  const target = parseTemplate((path ?? '').replace(/\?.*/s, ''));
  const whole = { text: path ?? '' };
  const isFixed = target.params.length === 0;
  return (params) => {
    const made = !keepsPath || isFixed ? undefined : expand(target, params, percentEncode);
    if (made !== undefined && stepsOut(made)) return stepProblem(whole);
    if (batch === undefined) return undefined;
    return joinProblem({ ...batch, keepsPath, target: { text: batch.path } }, params[batch.param] ?? '');
  };
}
