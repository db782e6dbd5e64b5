/** Why a guard kept what is stored. */

/**
 * Which rule was broken. `empty`, `size`, `type`, `error`, `fields` and `items` are those of `guard`; `format`: the body is not what its
 * source says, such as JSON; `absence`: the origin's "there is no such value" is not believed at one look.
 */
export const REFUSAL_RULES = [
  'empty',
  'size',
  'type',
  'format',
  'error',
  'fields',
  'items',
  'absence',
] as const;
export type RefusalRule = (typeof REFUSAL_RULES)[number];

export interface Refusal {
  readonly rule: RefusalRule;
  /** For people. */
  readonly reason: string;
}
