/** Levels of brackets in a configuration: real ones have five. The time that YAML takes grows with a high power of them. */
const DEEPEST = 100;

/** Whether brackets nest so deep that the text is not worth reading as YAML. Those inside of quotes count as well: there are never as many. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (depth > 0 && (character === ']' || character === '}')) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}
