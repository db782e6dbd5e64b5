/** What the configuration says of the codec: in general, per tier, and per source. */
import { z } from 'zod';
import { BODY_FORMATS, COMPRESSIONS } from '../../core/entry.ts';
import { name, size } from '../../core/options.ts';
import { KEY_BYTES } from './cipher.ts';
import type { CodecRule } from './codec.ts';
import { COMPRESSORS } from './compression.ts';

/** What every algorithm can do fast. */
const USUAL_LEVEL = 3;
const HIGHEST_LEVEL = 22;

const algorithm = () => z.enum(COMPRESSIONS);
const level = () => z.int().min(0).max(HIGHEST_LEVEL);

const compressOptions = z.strictObject({
  with: algorithm().default('zstd').describe('The algorithm; `none` stores bodies as they are.'),
  above: size()
    .prefault('1KB')
    .describe('Only larger bodies are compressed, and those that do not shrink stay as they are.'),
  level: level()
    .default(USUAL_LEVEL)
    .describe('How hard to try: 1 to 22 for zstd, 1 to 9 for gzip, 0 to 11 for brotli.'),
});

/** Never a message with the text in it. */
const encryptionKey = () =>
  z
    .string()
    .refine((text) => /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === KEY_BYTES, {
      message: `is not ${KEY_BYTES} bytes in base64; \`openssl rand -base64 ${KEY_BYTES}\` makes such a key`,
    })
    .meta({ secret: true });

const encryptOptions = z.strictObject({
  keys: z
    .record(name(), encryptionKey())
    .default({})
    .describe(
      'Keys of 32 bytes in base64, by ids of your choice. Old ones stay here until `gc` has rewritten what they encrypt. None: nothing is encrypted.',
    ),
  current: z.string().default('').describe('The id of the key that is encrypted with.'),
  all: z
    .boolean()
    .default(true)
    .describe(
      'Encrypt every source in every tier below memory, where a tier or a source does not say otherwise.',
    ),
});

export const codecOptions = z.strictObject({
  format: z.enum(BODY_FORMATS).default('json').describe('What the bodies of sources are that do not say it.'),
  compress: compressOptions.prefault({}).describe('How bodies are compressed.'),
  encrypt: encryptOptions.prefault({}).describe('How bodies are encrypted: AES-256-GCM.'),
});
export type CodecOptions = z.output<typeof codecOptions>;

/** What a tier or a source says for itself. */
export const codecOverride = z.strictObject({
  compress: z
    .strictObject({
      with: algorithm().optional().describe('The algorithm, or `none`.'),
      above: size().optional().describe('Only larger bodies are compressed.'),
      level: level().optional().describe('How hard to try. Absent: as above it, or 3 for another algorithm.'),
    })
    .prefault({})
    .describe('How bodies are compressed.'),
  encrypt: z.boolean().optional().describe('Whether bodies are encrypted.'),
});
export type CodecOverride = z.output<typeof codecOverride>;

/** What is done with a body: the last word counts, that of the source. */
export function ruleFrom(options: CodecOptions, ...words: readonly (CodecOverride | undefined)[]): CodecRule {
  const { keys, all } = options.encrypt;
  const general: CodecRule = { compress: options.compress, encrypt: all && Object.keys(keys).length > 0 };
  return words.reduce<CodecRule>(
    (rule, word) => (word === undefined ? rule : overridden(rule, word)),
    general,
  );
}

function overridden(rule: CodecRule, { compress, encrypt }: CodecOverride): CodecRule {
  const algorithm = compress.with ?? rule.compress.with;
  const inherited = algorithm === rule.compress.with ? rule.compress.level : USUAL_LEVEL;
  return {
    compress: {
      with: algorithm,
      above: compress.above ?? rule.compress.above,
      level: compress.level ?? inherited,
    },
    encrypt: encrypt ?? rule.encrypt,
  };
}

/** What is wrong with the level; undefined when nothing is. */
export function levelProblem({ compress }: CodecRule): string | undefined {
  if (compress.with === 'none') return undefined;
  const [lowest, highest] = COMPRESSORS[compress.with].levels;
  if (compress.level >= lowest && compress.level <= highest) return undefined;
  return `${compress.level} is no level of ${compress.with}; it has ${lowest} to ${highest}`;
}
