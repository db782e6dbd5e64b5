/** A list that an origin gives for an entity set: what asks for it (`src/catalog`) and what reads it (`src/warming`) meet here. */

/** What a list may take; more is refused, whole. */
export interface ListLimits {
  readonly pages: number;
  readonly rows: number;
  readonly bytes: number;
  /** From the first call to the last row, waits for the budget included. */
  readonly ms: number;
}

/** What the origin said of a list that came in one answer, so that it may say `unchanged` next time. */
export interface ListValidators {
  readonly etag?: string;
  readonly lastModified?: string;
  /** What of them cannot be sent back, and is left out. */
  readonly unusable?: string;
}

export interface OriginList {
  /** As the origin gave them: objects, as a rule. */
  readonly rows: readonly unknown[];
  readonly pages: number;
  readonly validators: ListValidators | undefined;
}

export interface ListReader {
  /**
   * Every row of an entity set's list, or `unchanged`. All of it or nothing: rejects with an `Error` that says why, with a
   * `ForewarmError` of `E_ENTITIES_UNAVAILABLE` where trying again may help, and with the signal's reason.
   */
  read(
    set: string,
    known: ListValidators | undefined,
    limits: ListLimits,
    signal: AbortSignal,
  ): Promise<OriginList | 'unchanged'>;
}

/** Where the list of an entity set comes from. */
export interface ListPlace {
  readonly origin: string;
  /** Checked by the schema of the origin's kind. */
  readonly options: object;
}
