/**
 * The page of bull-board, made to work at whatever path a proxy serves it, and to load and run nothing but what this server sent.
 *
 * Its scripts take where they are from `<base>`, as a path. Which path that is only the browser knows: the page says it by dots, and a
 * script of ours, the one that stands in the page, writes it out.
 */
import { createHash } from 'node:crypto';
import { BOARD_PATH } from './board-source.ts';

const SCRIPT = "{const b=document.querySelector('base');b.setAttribute('href',new URL(b.href).pathname)}";

/** Of the element of style that hides the bars of what scrolls. */
const SCROLLBARS = "'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='";

/** Fonts of another server: those of the machine do. */
const FOREIGN = /<link[^>]*\bhref="https?:[^>]*>\s*/g;

export interface BoardPage {
  readonly html: string;
  readonly policy: string;
}

export function boardPage(sent: string, path: string, isReadOnly: boolean): BoardPage {
  const html = sent
    .replace(FOREIGN, '')
    .replace(/<base [^>]*>/, () => `<base href="${upFrom(path) || './'}" /><script>${SCRIPT}</script>`);
  const styles = [...html.matchAll(/<style>([^<]*)<\/style>/g)].map(([, style = '']) => hashOf(style));
  return { html, policy: policyOf(styles, isReadOnly) };
}

/** From a path of bull-board to its root, by dots. */
export function upFrom(path: string): string {
  return '../'.repeat(path.slice(BOARD_PATH.length + 1).split('/').length - 1);
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/**
 * Its parts write styles at elements. Of elements of style there are two whose text is known; the editor, which comes where jobs can be
 * changed, writes as many as it likes. None of that can run.
 */
function policyOf(styles: readonly string[], isReadOnly: boolean): string {
  const known = isReadOnly ? [...styles, SCROLLBARS] : ["'unsafe-inline'"];
  return [
    "default-src 'none'",
    `script-src 'self' ${hashOf(SCRIPT)}`,
    ["style-src-elem 'self'", ...known].join(' '),
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
    "form-action 'none'",
  ].join('; ');
}

/** For who opens it in a browser without a session. */
export function signInPage(path: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>bull-board · Forewarm</title>
<h1>Open bull-board from the console</h1>
<p>There is no session for it in this browser, or it has ended: it lasts an hour.
<a href="${upFrom(path)}../work">Sign in to the console</a>, and follow the link to bull-board there.</p></html>
`;
}
