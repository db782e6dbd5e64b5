import { z } from 'zod';
import { missOptions } from '../client/options.ts';
import { BODY_FORMATS } from '../core/entry.ts';
import { KeyError, KeyTemplate } from '../core/key.ts';
import { duration, durationFrom, percent, size } from '../core/options.ts';
import { TEMPERATURES } from '../core/source.ts';
import { innerPath } from '../origins/fields.ts';
import { requestKinds } from '../origins/kinds.ts';
import { codecOverride } from '../tiers/codec/options.ts';
import { TIER_NAMES } from '../tiers/kinds.ts';

/** A value, or that there is none, is written, looked up by its run and read within this at the soonest, in ms. */
export const LEAST_LIFE_MS = 100;

/** What a source's `request` may hold, by the kind of its origin. */
const requestOptions = Object.fromEntries([...requestKinds].map(([kind, { schema }]) => [kind, schema]));

/** A key template; parsed inside. */
const template = () =>
  z
    .string()
    .meta({ format: 'key-template' })
    .transform((text, context): KeyTemplate => {
      try {
        return KeyTemplate.parse(text);
      } catch (error) {
        if (!(error instanceof KeyError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });

const guardOptions = z.strictObject({
  notEmpty: z.boolean().default(true).describe('Refuse an empty body, `null`, `""`, `[]` and `{}`.'),
  require: z
    .array(innerPath())
    .default([])
    .describe('Refuse a JSON body in which one of these dotted paths is missing, null or empty.'),
  minBytes: size().prefault('0B').describe('Refuse a smaller body; 0B is off.'),
  minItems: z.int().min(0).default(0).describe('Refuse a JSON array of fewer items; 0 is off.'),
  maxBytes: size().prefault('0B').describe('Refuse a larger body; 0B is off.'),
  contentTypes: z
    .array(
      z
        .string()
        .regex(/^[\w.+-]+\/(?:[\w.+-]+|\*)$/, { message: 'is not a type such as image/png or image/*' })
        .toLowerCase(),
    )
    .default([])
    .describe(
      'Refuse a body of another type, such as `[image/png]` or `[image/*]`; where HTML is not among them, also one that begins like a page of HTML. Empty: any type.',
    ),
  error: innerPath()
    .optional()
    .describe(
      'Where a JSON body tells of an error, though the status is one of success, such as `errors`: a body that has something there is refused, with its text as the reason. Null, false, 0 and what is empty are no error.',
    ),
});

/** A source as the configuration writes it. Its `request` is checked apart, by the kind of its origin. */
export const sourceOptions = z.strictObject({
  origin: z.string().min(1).describe('The origin that has the values, by its name.'),
  request: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ byOriginKind: requestOptions })
    .describe("How a value is asked for; what may stand here depends on the origin's kind."),
  key: template().describe(
    'The key of a value, such as `profile:{market}`; the params are read back from it.',
  ),
  temperature: z.enum(TEMPERATURES).default('warm').describe('How fast its values age.'),
  ttl: duration().optional().describe("How long a value is fresh. Absent: the temperature's."),
  refreshAhead: percent()
    .optional()
    .describe("The share of the ttl after which a value is due. Absent: the temperature's."),
  grace: duration()
    .optional()
    .describe("How long past its ttl a value may still be served. Absent: the temperature's."),
  spread: percent()
    .optional()
    .describe("By up to this share of the ttl a fetched value ages earlier. Absent: the temperature's."),
  absentTtl: durationFrom(LEAST_LIFE_MS)
    .optional()
    .describe('How long "there is no such value" is believed. Absent: the ttl, but 5m at the most.'),
  tags: z
    .array(template())
    .default([])
    .describe(
      'Tags of its values, such as `market:{market}`, with params of the key or other columns of the rows.',
    ),
  tiers: z
    .array(z.enum(TIER_NAMES))
    .optional()
    .describe('The tiers that its values are kept in, such as `[redis, disk]`. Absent: all that are on.'),
  guard: guardOptions.prefault({}).describe('What a body must be to replace the value that is stored.'),
  ...missOptions,
  format: z
    .enum(BODY_FORMATS)
    .optional()
    .describe(
      'What its bodies are: `json`, `msgpack` or `float32` (little-endian) ones are checked to be that; `raw` ones are kept as they are. Absent: that of `codec.format`.',
    ),
  codec: codecOverride
    .prefault({})
    .describe('How its bodies are stored, where that is not as in `codec` and in the tiers.'),
});
export type SourceOptions = z.infer<typeof sourceOptions>;
