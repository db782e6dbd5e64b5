/** Who wants something otherwise than it is configured, and why; for people. */
export interface Asker {
  readonly by: string;
  /** Empty where nothing was said. */
  readonly why: string;
}

/** What is kept with a run that somebody wanted: who and why; undefined where nobody said why. */
export function noteOf(asker: Asker): string | undefined {
  return asker.why === '' ? undefined : askerText(asker);
}

/** `ann: moving`, or who alone where nothing was said. */
export function askerText({ by, why }: Asker): string {
  return [by, why].filter((text) => text !== '').join(': ');
}
