/** What a panel of the dashboard is made of. */

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it says, and what to make of it. */
  readonly description: string;
  readonly unit: 's' | 'ops' | 'percentunit' | 'bytes' | 'short';
  readonly queries: readonly Query[];
  /** Of the 24 columns; 8 unless given. */
  readonly width?: number;
  /** The value now, in place of its course. */
  readonly now?: boolean;
  /** Parts of a whole, one upon the other. */
  readonly stacked?: boolean;
}

export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** For rates: as many scrapes as the range of the dashboard asks for. */
export const RATE = '[$__rate_interval]';
