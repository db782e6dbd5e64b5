/** What must hold of the codec between its general part, the tiers and the sources. */
import { type CodecOverride, levelProblem, ruleFrom } from '../../tiers/codec/options.ts';
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
  const { redis, disk, s3 } = tiers;
  const words: [Path, CodecOverride][] = [
    ...Object.entries({ redis, disk, s3 }).map(([name, tier]): [Path, CodecOverride] => [
      ['tiers', name, 'codec'],
      tier.codec,
    ]),
    ...Object.entries(sources).map(([name, source]): [Path, CodecOverride] => [
      ['sources', name, 'codec'],
      source.codec,
    ]),
  ];
  for (const [path, word] of words) {
    if (word.compress.level !== undefined) {
      report([...path, 'compress', 'level'], levelProblem(ruleFrom(codec, word)));
    }
    if (word.encrypt === true && Object.keys(keys).length === 0) {
      report([...path, 'encrypt'], 'there is no key to encrypt with; put one into codec.encrypt.keys');
    }
  }
}

function currentProblem(ids: readonly string[], current: string): string | undefined {
  if (ids.includes(current)) return undefined;
  if (current !== '') return `there is no key "${current}" in codec.encrypt.keys; ${adviceOn(current, ids)}`;
  return ids.length === 0 ? undefined : `must name the key to encrypt with: ${ids.join(', ')}`;
}
