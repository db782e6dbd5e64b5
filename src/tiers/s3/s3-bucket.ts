/** A bucket: the few requests that the s3 tier makes, a bounded number at the same time, and what their errors mean. */
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import pLimit, { type LimitFunction } from 'p-limit';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { abortable } from '../../flow/abortable.ts';
import type { S3Options } from './s3-options.ts';

export interface S3BucketDeps extends Omit<S3Options, 'enabled' | 'timeout'> {
  /** Objects of a page of a listing; 1,000 by default, the most that S3 takes. */
  readonly pageSize?: number;
}

/** An object, or its beginning. */
export interface Stored {
  /** Another one after each write. */
  readonly etag: string;
  readonly bytes: Buffer;
}

export interface Listed {
  /** The tier's prefix included. */
  readonly name: string;
  readonly bytes: number;
}

/** `certain`: nothing can have been written in between, since the server compared. */
export interface Put {
  readonly etag: string;
  readonly certain: boolean;
}

type Sdk = typeof import('@aws-sdk/client-s3');

interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

const CONNECT_MS = 2_000;
const LARGEST_PAGE = 1_000;
/** No name of a key: shows whether the server compares. */
const TRIAL = '!conditional';

/** The object changed, or came or went: 412, and what S3 says of writes at the very same time (409). */
const CHANGED = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey', 'NotFound']);
/** A server that does not know conditions at all. */
const NOT_IMPLEMENTED = 'NotImplemented';

const REMEDIES: readonly (readonly [RegExp, string])[] = [
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

export class S3Bucket {
  readonly #deps: S3BucketDeps;
  readonly #limit: LimitFunction;
  #connection: Promise<Connection> | undefined;
  #compares: boolean | undefined;
  #trying: Promise<void> | undefined;

  constructor(deps: S3BucketDeps) {
    this.#deps = deps;
    this.#limit = pLimit(deps.concurrency);
  }

  /** Undefined when there is no such object. With `first`, only that many bytes of it. */
  async get(name: string, first: number | undefined, signal: AbortSignal): Promise<Stored | undefined> {
    return this.#request(signal, async ({ sdk, client }, abortSignal) => {
      const range = first === undefined ? {} : { Range: `bytes=0-${first - 1}` };
      const command = new sdk.GetObjectCommand({ ...this.#named(name), ...range });
      try {
        const { ETag: etag = '', Body } = await client.send(command, { abortSignal });
        return { etag, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) };
      } catch (error) {
        // An empty object has no first byte.
        if (['NoSuchKey', 'NotFound', 'InvalidRange'].includes(nameOfError(error))) return undefined;
        throw error;
      }
    });
  }

  /** Undefined when the object is not as it was under `etag`; or, without one, when it exists. */
  async put(
    name: string,
    bytes: Buffer,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<Put | undefined> {
    const certain = await this.compares(signal);
    const condition: Partial<PutObjectCommandInput> = certain ? conditionOf(etag) : {};
    return this.#put(name, bytes, condition, certain, signal);
  }

  /** Not when the object is no longer as it was under `etag`, where the server compares. */
  async remove(name: string, etag: string, signal: AbortSignal): Promise<boolean> {
    const condition = (await this.compares(signal)) ? { IfMatch: etag } : {};
    return this.#request(signal, async ({ sdk, client }, abortSignal) => {
      try {
        await client.send(new sdk.DeleteObjectCommand({ ...this.#named(name), ...condition }), {
          abortSignal,
        });
        return true;
      } catch (error) {
        // A server may compare writes and not know it of deletions: what it has stays.
        if (CHANGED.has(nameOfError(error)) || nameOfError(error) === NOT_IMPLEMENTED) return false;
        throw error;
      }
    });
  }

  /** Pages of objects whose names start with `prefix` and come after `after`, in the order of names. */
  async *list(prefix: string, after: string | undefined, signal: AbortSignal): AsyncGenerator<Listed[]> {
    let token: string | undefined;
    do {
      const page = await this.#request(signal, ({ sdk, client }, abortSignal) => {
        const start = token === undefined ? { StartAfter: after } : { ContinuationToken: token };
        const command = new sdk.ListObjectsV2Command({
          Bucket: this.#deps.bucket,
          Prefix: prefix,
          MaxKeys: this.#deps.pageSize ?? LARGEST_PAGE,
          ...start,
        });
        return client.send(command, { abortSignal });
      });
      yield (page.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ name: Key, bytes: Size }));
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** Whether the server compares before it writes (If-Match, If-None-Match), found out once by writing an empty object. */
  async compares(signal: AbortSignal): Promise<boolean> {
    while (this.#compares === undefined) {
      this.#trying ??= this.#tryComparing(signal).finally(() => {
        this.#trying = undefined;
      });
      try {
        await abortable(signal, this.#trying);
      } catch (error) {
        // Another caller's attempt, which that one gave up, says nothing about the server.
        if (signal.aborted || error instanceof ForewarmError) throw error;
      }
    }
    return this.#compares;
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    connection?.client.destroy();
  }

  /** The second of two writes of something that must not be there is refused by a server that compares. */
  async #tryComparing(signal: AbortSignal): Promise<void> {
    const name = `${this.#deps.prefix}${TRIAL}`;
    const write = () => this.#put(name, Buffer.of(), conditionOf(undefined), true, signal);
    try {
      this.#compares = (await write()) === undefined || (await write()) === undefined;
    } catch (error) {
      if (nameOfError(causeOf(error)) !== NOT_IMPLEMENTED) throw error;
      this.#compares = false;
    }
  }

  async #put(
    name: string,
    bytes: Buffer,
    condition: Partial<PutObjectCommandInput>,
    certain: boolean,
    signal: AbortSignal,
  ): Promise<Put | undefined> {
    const { storageClass, serverSideEncryption, kmsKeyId } = this.#deps;
    return this.#request(signal, async ({ sdk, client }, abortSignal) => {
      const command = new sdk.PutObjectCommand({
        ...this.#named(name),
        ...condition,
        Body: bytes,
        ContentType: 'application/octet-stream',
        StorageClass: storageClass,
        ServerSideEncryption: serverSideEncryption,
        SSEKMSKeyId: kmsKeyId,
      });
      try {
        const { ETag: etag = '' } = await client.send(command, { abortSignal });
        return { etag, certain };
      } catch (error) {
        if (CHANGED.has(nameOfError(error))) return undefined;
        throw error;
      }
    });
  }

  #named(name: string) {
    return { Bucket: this.#deps.bucket, Key: name };
  }

  /** Waits for its turn. Rejects with the signal's reason, or with `E_TIER_UNAVAILABLE`. */
  #request<T>(
    signal: AbortSignal,
    send: (connection: Connection, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#limit(async () => {
      signal.throwIfAborted();
      try {
        this.#connection ??= connect(this.#deps);
        return await send(await this.#connection, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw this.#unavailable(error);
      }
    });
  }

  #unavailable(error: unknown): ForewarmError {
    const { bucket, endpoint } = this.#deps;
    const name = nameOfError(error);
    const remedy = REMEDIES.find(([names]) => names.test(name))?.[1] ?? ANY_REMEDY;
    const place = `bucket "${bucket}"${endpoint === '' ? '' : ` at ${new URL(endpoint).origin}`}`;
    return new ForewarmError('E_TIER_UNAVAILABLE', `${place}: ${messageOf(error) || name}; ${remedy}`, {
      details: { bucket },
      cause: error,
    });
  }
}

/** The SDK is large: it is loaded when the first request is made. */
async function connect(options: S3BucketDeps): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, pathStyle, accessKeyId, secretAccessKey, concurrency } = options;
  const agent = { keepAlive: true, maxSockets: concurrency };
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle ?? endpoint !== '',
    // Entries have a checksum of their own, and servers that are not AWS's need not know these.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, httpAgent: agent, httpsAgent: agent },
    ...(endpoint === '' ? {} : { endpoint }),
    ...(accessKeyId === '' ? {} : { credentials: { accessKeyId, secretAccessKey } }),
  });
  return { sdk, client };
}

function conditionOf(etag: string | undefined): Partial<PutObjectCommandInput> {
  return etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
}

function nameOfError(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
