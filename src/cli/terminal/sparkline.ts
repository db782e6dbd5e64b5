/** Numbers as a line of blocks, the highest as high as a line of text; what is not known is a gap. */
const BLOCKS = '▁▂▃▄▅▆▇█';

/** From 0 to the highest of them. */
export function sparkline(values: readonly (number | null)[]): string {
  const highest = Math.max(0, ...values.filter((value) => value !== null));
  return values.map((value) => (value === null ? ' ' : blockOf(value, highest))).join('');
}

function blockOf(value: number, highest: number): string {
  const share = highest === 0 ? 0 : Math.max(0, value) / highest;
  return BLOCKS.charAt(Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length)));
}
