/** The path below which all requests of an origin lie, of its URL: without slashes at the end. */
export function basePathOf(url: string): string {
  return new URL(url).pathname.replace(/(?<!\/)\/+$/, '');
}
