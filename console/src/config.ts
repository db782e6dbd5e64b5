/** What the server says of itself in the page, so that nothing has to be asked before something is shown. */

export interface PageConfig {
  /** Of Forewarm. */
  readonly version: string;
  /** Whether callers need a token. */
  readonly tokens: boolean;
  /** Whether bull-board is served. */
  readonly bullBoard: boolean;
}

const FALLBACK: PageConfig = { version: '', tokens: false, bullBoard: false };

function readConfig(): PageConfig {
  const found: unknown = JSON.parse(document.getElementById('config')?.textContent ?? '{}');
  return { ...FALLBACK, ...(found as Partial<PageConfig>) };
}

export const config = readConfig();
