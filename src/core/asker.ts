/** Who wants something otherwise than it is configured, and why; for people. */
export interface Asker {
  readonly by: string;
  /** Empty where nothing was said. */
  readonly why: string;
}

/** `ann: moving`, or who alone where nothing was said. */
export function askerText({ by, why }: Asker): string {
  return [by, why].filter((text) => text !== '').join(': ');
}
