/** What a guard asks that no body can meet: every value would be refused. */
import type { BodyFormat } from '../../core/entry.ts';
import type { GuardRules } from '../../core/source.ts';
import { formatSize } from '../../core/units.ts';
import type { Path } from '../document/config-node.ts';
import type { SettingsOutput } from '../schema.ts';

export function checkGuards(
  { sources, origins, codec }: SettingsOutput,
  report: (path: Path, message: string | undefined) => void,
): void {
  for (const [name, { guard, format = codec.format, origin }] of Object.entries(sources)) {
    const { minBytes, maxBytes } = guard;
    const path = ['sources', name, 'guard'];
    const options = origins[origin];
    const most = options !== undefined && 'maxBodyBytes' in options ? options.maxBodyBytes : undefined;
    if (maxBytes > 0 && minBytes > maxBytes)
      report([...path, 'minBytes'], `is more than maxBytes (${formatSize(maxBytes)}); no body has both`);
    if (most !== undefined && minBytes > most) {
      const bound = `origin "${origin}" takes no body of more than ${formatSize(most)} (maxBodyBytes)`;
      report([...path, 'minBytes'], `${bound}; no body has both`);
    }
    for (const rule of IDLE_RULES[format].filter((each) => isOn(guard[each]))) {
      const message = `looks into JSON, and a body of format ${format} is not read as JSON: the rule would guard nothing`;
      report([...path, rule], `${message}; leave it out, or choose another format`);
    }
  }
}

/** Rules that find nothing to judge in bodies of a format. A vector has items, and what tells of an error in its place is JSON. */
const IDLE_RULES = {
  json: [],
  msgpack: [],
  raw: ['require', 'minItems', 'error'],
  float32: ['require'],
} as const satisfies Readonly<Record<BodyFormat, readonly (keyof GuardRules)[]>>;

function isOn(rule: readonly string[] | number | string | undefined): boolean {
  return typeof rule === 'object' ? rule.length > 0 : Boolean(rule);
}
