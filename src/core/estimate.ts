/** A figure with its spread: of ten times one is lower than `low`, and one higher than `high`. */
export interface Estimate {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}
