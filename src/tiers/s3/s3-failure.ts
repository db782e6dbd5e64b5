/** What the errors of a bucket mean: whether to try again, whether to slow down, and what a person can do. */
import { cleanCause } from '../../core/clean-cause.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { hideKnown } from '../../core/known-secrets.ts';

/** `none`: no answer came. `slow-down`: fewer requests are wanted. `clock`: it was signed with a time that is far off. */
export interface S3Failure {
  readonly kind: 'none' | 'slow-down' | 'clock' | 'answer';
  /** How often it is worth asking altogether. */
  readonly tries: number;
}

/** Names and states of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and of servers like it. */
const SLOW_DOWN =
  /^(SlowDown|SlowDownRead|SlowDownWrite|ServiceUnavailable|Throttling|ThrottlingException|RequestLimitExceeded|TooManyRequests(Exception)?|XMinioServerBusy|Busy)$/;
const CLOCK = /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/;
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

export function failureOf(error: unknown): S3Failure {
  const name = nameOfError(error);
  const status = statusOf(error);
  if (SLOW_DOWN.test(name) || status === 503 || status === 429) return { kind: 'slow-down', tries: 10 };
  if (CLOCK.test(name)) return { kind: 'clock', tries: 2 };
  if (status !== undefined) return { kind: 'answer', tries: status >= 500 ? 3 : 1 };
  return { kind: 'none', tries: CUT_OFF.has(codeOf(error)) ? 3 : 1 };
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [SLOW_DOWN, 'it takes fewer requests at present; if that stays so, lower tiers.s3.concurrency'],
  [CLOCK, "set this machine's clock: it is too far off from the server's"],
  [/^NoSuchBucket$/, 'create the bucket, or name another tiers.s3.bucket'],
  [
    /^(AccessDenied|Forbidden)$/,
    'allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket on this bucket',
  ],
  [
    /Credential|InvalidAccessKeyId|SignatureDoesNotMatch|Token/,
    'check tiers.s3.accessKeyId and secretAccessKey, or the credentials that the AWS SDK finds here',
  ],
  [/PermanentRedirect|AuthorizationHeaderMalformed|Region/, 'check tiers.s3.region'],
  [/InvalidObjectState/, 'restore its objects: a lifecycle rule has moved them to where they cannot be read'],
];
const ANY_REMEDY = 'check tiers.s3.endpoint, and that it can be reached from here';

interface Bucket {
  readonly bucket: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What else requests carry that a server may repeat. */
  readonly secrets?: readonly string[];
}

export function unavailable(at: Bucket, error: unknown) {
  const { bucket, endpoint, accessKeyId, secretAccessKey } = at;
  const secrets = [accessKeyId, secretAccessKey, ...(at.secrets ?? [])];
  const name = nameOfError(error);
  const remedy = REMEDIES.find(([names]) => names.test(name))?.[1] ?? ANY_REMEDY;
  const place = `bucket "${bucket}"${endpoint === '' ? '' : ` at ${new URL(endpoint).origin}`}`;
  const said = hideKnown(messageOf(error) || name, secrets);
  return new ForewarmError('E_TIER_UNAVAILABLE', `${place}: ${said}; ${remedy}`, {
    details: { bucket },
    cause: cleanCause(error, secrets),
  });
}

export function nameOfError(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** The SDK puts the status of the answer on its errors; a server's error page without XML has nothing else. */
function statusOf(error: unknown): number | undefined {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
