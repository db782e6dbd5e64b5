import { isIP } from 'node:net';
import { z } from 'zod';
import { duration, secret, timerFrom } from '../../core/options.ts';
import { codecOverride } from '../codec/options.ts';

/** Classes whose objects can be read at once. */
const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'REDUCED_REDUNDANCY',
  'EXPRESS_ONEZONE',
] as const;

/** As Amazon names them; other servers, and old buckets, have capitals and "_", too. The name of an access point is longer. */
function isBucket(text: string): boolean {
  if (/^arn:[\w:/.-]+$/.test(text)) return true;
  return /^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){1,61}[A-Za-z0-9]$/.test(text) && isIP(text) === 0;
}

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.port === '0') return false;
  return `${url.username}${url.password}${url.search}${url.hash}` === '';
}

export const s3Options = z.strictObject({
  enabled: z.boolean().default(false).describe('Keep entries in a bucket of S3, for every process.'),
  bucket: z
    .string()
    .refine((text) => text === '' || isBucket(text), {
      message:
        'is not the name of a bucket: that has 3 to 63 letters, digits, "-", "_" and single "." between them',
    })
    .default('')
    .describe('The bucket; it must exist.'),
  prefix: z
    .string()
    .regex(/^([A-Za-z0-9_.-]+\/)*[A-Za-z0-9_.-]*$/, 'has letters, digits, "_", ".", "-", and single "/"')
    .max(100, 'must be of at most 100 characters')
    .default('forewarm/')
    .describe('What the name of every object starts with.'),
  endpoint: z
    .string()
    .refine((text) => text === '' || isEndpoint(text), {
      message: 'must be empty, or an http:// or https:// URL without a user, a query and a fragment',
    })
    .default('')
    .describe('The server, where it is not that of AWS.'),
  region: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, {
      message: 'is not the name of a region, such as us-east-1 or auto: that has letters, digits and "-"',
    })
    .default('us-east-1')
    .describe("The bucket's region."),
  pathStyle: z
    .boolean()
    .optional()
    .describe(
      'Name the bucket in the path, not in the host name. Absent: true where there is an `endpoint`.',
    ),
  storageClass: z.enum(STORAGE_CLASSES).optional().describe("The class of objects. Absent: the bucket's."),
  serverSideEncryption: z
    .enum(['AES256', 'aws:kms', 'aws:kms:dsse'])
    .optional()
    .describe("How the server encrypts objects. Absent: as the bucket's settings say."),
  kmsKeyId: z
    .string()
    .min(1)
    .optional()
    .describe("The key that the server encrypts with, for the two `aws:kms`. Absent: the account's."),
  concurrency: z.int().min(1).max(1_000).default(16).describe('Requests at the same time, of a process.'),
  ttl: duration()
    .optional()
    .describe(
      'How long after its origin last confirmed it an entry stays in this tier, at the longest. Absent: until it is gone.',
    ),
  timeout: timerFrom(1)
    .prefault('5s')
    .describe('A call that takes longer has failed; the next tier answers.'),
  codec: codecOverride.prefault({}).describe('How this tier stores bodies, where that is not as in `codec`.'),
  accessKeyId: secret()
    .default('')
    .describe('Empty: credentials come from where the AWS SDK finds them (environment, profile, role).'),
  secretAccessKey: secret().default('').describe('Belongs to `accessKeyId`.'),
});

export type S3Options = z.infer<typeof s3Options>;

/** What is wrong between options that are good by themselves, by the option to change. */
export function s3Problems(options: S3Options): [keyof S3Options, string][] {
  const problems: [keyof S3Options, string][] = [];
  const { enabled, bucket, accessKeyId, secretAccessKey, kmsKeyId, serverSideEncryption } = options;
  if (enabled && bucket === '') problems.push(['bucket', 'must name a bucket while tiers.s3 is on']);
  const inPath = options.pathStyle ?? options.endpoint !== '';
  if (!inPath && /[A-Z_]/.test(bucket) && !bucket.startsWith('arn:')) {
    const message = `"${bucket}" has capitals or "_", which no host name has; set tiers.s3.pathStyle to true`;
    problems.push(['bucket', message]);
  }
  if ((accessKeyId === '') !== (secretAccessKey === '')) {
    const missing = accessKeyId === '' ? 'accessKeyId' : 'secretAccessKey';
    problems.push([missing, 'is missing; give both parts of the credentials, or neither']);
  }
  if (kmsKeyId !== undefined && !serverSideEncryption?.startsWith('aws:kms')) {
    const message = 'has no effect without tiers.s3.serverSideEncryption "aws:kms" or "aws:kms:dsse"; add it';
    problems.push(['kmsKeyId', message]);
  }
  return problems;
}
