import { styleText } from 'node:util';
import { z } from 'zod';

/** The fields of a record that the text form shows; everything else shows only at debug and trace. */
const record = z.looseObject({
  level: z.string(),
  time: z.string(),
  msg: z.string().default(''),
  err: z
    .looseObject({
      message: z.string().default(''),
      code: z.string().optional(),
      stack: z.string().optional(),
    })
    .optional(),
});

type Colour = 'red' | 'yellow' | 'gray';

const COLOURS: ReadonlyMap<string, Colour> = new Map([
  ['fatal', 'red'],
  ['error', 'red'],
  ['warn', 'yellow'],
  ['debug', 'gray'],
  ['trace', 'gray'],
]);

/** Fields that mean nothing to a person at the terminal of this process. */
const SHOWN_ELSEWHERE = new Set(['level', 'time', 'msg', 'err', 'pid', 'hostname', 'version', 'role']);

/**
 * One JSON record as a line for people: `14:03:07 warn   origin markets paused until ...`. Times are local. A line that
 * is not a record is returned unchanged.
 */
export function textLine(json: string, { colour }: { readonly colour: boolean }): string {
  const parsed = parse(json);
  if (parsed === undefined) return json;
  const { level, time, msg, err } = parsed;
  const detailed = level === 'debug' || level === 'trace';
  const tail = detailed ? fieldsOf(parsed) : keyOf(parsed);
  const stack = detailed && err?.stack !== undefined ? `\n${err.stack}` : '';
  const text = msg === '' ? (err?.message ?? '') : msg;
  const tint = (style: Colour, words: string) =>
    colour ? styleText(style, words, { validateStream: false }) : words;
  const style = COLOURS.get(level);
  const label = style === undefined ? level.padEnd(5) : tint(style, level.padEnd(5));
  return `${tint('gray', clockTime(time))} ${label} ${printable(text)}${printable(tail)}${stack}\n`;
}

function parse(json: string): z.infer<typeof record> | undefined {
  try {
    return record.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** Whatever the line says, it is about this key. */
function keyOf({ key, msg }: z.infer<typeof record>): string {
  return typeof key === 'string' && !msg.includes(key) ? ` (key ${key})` : '';
}

function fieldsOf(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .filter(([name]) => !SHOWN_ELSEWHERE.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
}

function clockTime(iso: string): string {
  const time = new Date(iso);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** Without control characters, which could move the cursor or forge a line. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
