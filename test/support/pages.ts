/** Everything that an iterable gives, in order. */
export async function pagesIn<T>(all: AsyncIterable<T>): Promise<T[]> {
  const pages: T[] = [];
  for await (const page of all) pages.push(page);
  return pages;
}
