/** What must hold of the codec between its general part, the tiers and the sources. */
import { type CodecOverride, levelProblem, ruleFrom } from '../../tiers/codec/options.ts';
import { BACKING_NAMES } from '../../tiers/kinds.ts';
import type { Path } from '../document/config-node.ts';
import { adviceOn } from '../document/issues.ts';
import type { SettingsOutput } from '../schema.ts';

export function checkCodec(
  { codec, tiers, sources }: SettingsOutput,
  report: (path: Path, message: string | undefined) => void,
): void {
  const { keys, current } = codec.encrypt;
  report(['codec', 'encrypt', 'current'], currentProblem(Object.keys(keys), current));
  report(['codec', 'compress', 'level'], levelProblem(ruleFrom(codec)));
  const overrides: [Path, CodecOverride][] = [
    ...BACKING_NAMES.map((name): [Path, CodecOverride] => [['tiers', name, 'codec'], tiers[name].codec]),
    ...Object.entries(sources).map(([name, source]): [Path, CodecOverride] => [
      ['sources', name, 'codec'],
      source.codec,
    ]),
  ];
  for (const [path, override] of overrides) {
    if (override.compress.level !== undefined) {
      report([...path, 'compress', 'level'], levelProblem(ruleFrom(codec, override)));
    }
    if (override.encrypt === true && Object.keys(keys).length === 0) {
      report([...path, 'encrypt'], 'there is no key to encrypt with; put one into codec.encrypt.keys');
    }
  }
}

function currentProblem(ids: readonly string[], current: string): string | undefined {
  if (ids.includes(current)) return undefined;
  if (current !== '') return `there is no key "${current}" in codec.encrypt.keys; ${adviceOn(current, ids)}`;
  return ids.length === 0 ? undefined : `must name the key to encrypt with: ${ids.join(', ')}`;
}
