import { randomBytes } from 'node:crypto';
import type { Settings } from '../settings/settings.ts';
import { keyringOf } from '../tiers/codec/cipher.ts';
import { Codec } from '../tiers/codec/codec.ts';
import { type CodecOverride, ruleFrom } from '../tiers/codec/options.ts';
import { SharedCompression } from '../tiers/codec/shared-compression.ts';

/** What a tier does with bodies, by its own word on it. */
export function codecs({ codec: { sources, ...general } }: Settings): (word: CodecOverride) => Codec {
  const { keys, current } = general.encrypt;
  const keyring = keyringOf(keys, current);
  const compression = new SharedCompression();
  return (word) => {
    const usual = ruleFrom(general, word);
    const rules = new Map([...sources].map(([name, own]) => [name, ruleFrom(general, word, own)]));
    return new Codec({
      ruleOf: (source) => rules.get(source) ?? usual,
      keyring,
      compression,
      random: randomBytes,
    });
  };
}
