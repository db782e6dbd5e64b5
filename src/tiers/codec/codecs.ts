import { keyringOf } from './cipher.ts';
import { Codec, type CodecRule } from './codec.ts';
import { type CodecOptions, type CodecOverride, ruleFrom } from './options.ts';
import { SharedCompression } from './shared-compression.ts';

/** How bodies are stored; each backing tier may override it among its own options. */
export interface CodecSettings extends Readonly<CodecOptions> {
  /** The overrides of sources, which win over those of tiers. */
  readonly sources: ReadonlyMap<string, CodecOverride>;
}

export interface CodecsDeps {
  readonly codec: CodecSettings;
  readonly random: (bytes: number) => Uint8Array;
}

/** Makes the codec of a tier from its override. They share what they compress, since a body goes to several tiers at once. */
export function codecs({ codec, random }: CodecsDeps): (override: CodecOverride) => Codec {
  const { sources, ...general } = codec;
  const { keys, current } = general.encrypt;
  const keyring = keyringOf(keys, current);
  const compression = new SharedCompression();
  return (override) => {
    const usual = ruleFrom(general, override);
    const rules = new Map<string, CodecRule>(
      [...sources].map(([name, own]) => [name, ruleFrom(general, override, own)]),
    );
    return new Codec({ ruleOf: (source) => rules.get(source) ?? usual, keyring, compression, random });
  };
}
