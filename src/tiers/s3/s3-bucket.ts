/** A bucket: the few requests that the s3 tier makes, a bounded number at the same time, and what their errors mean. */
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { type Clock, sleep } from '../../core/clock.ts';
import { abortable } from '../../flow/abortable.ts';
import { within } from '../../flow/deadline.ts';
import { failureOf, nameOfError, unavailable } from './s3-failure.ts';
import type { S3Options } from './s3-options.ts';
import { S3Pace } from './s3-pace.ts';

export interface S3BucketDeps extends Omit<S3Options, 'enabled' | 'timeout'> {
  readonly clock: Clock;
  /** What is not to be shown, though a server may repeat it; beside the credentials. */
  readonly secrets?: readonly string[];
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
/** Before the second attempt twice this, and so on. */
const PAUSE_MS = 25;
const LARGEST_PAGE = 1_000;
/** No name of a key: shows whether the server compares. */
const TRIAL = '!conditional';
/** How long the trial may take. It delays nobody longer than the timeout of a call. */
const TRIAL_MS = 15_000;

/** The object changed, or came or went: 412, and what S3 says of writes at the very same time (409). */
const CHANGED = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey', 'NotFound']);
/** A server that does not know conditions at all. */
const NOT_IMPLEMENTED = 'NotImplemented';

export class S3Bucket {
  readonly #deps: S3BucketDeps;
  readonly #pace: S3Pace;
  #connection: Promise<Connection> | undefined;
  #compares: boolean | undefined;
  #trying: Promise<void> | undefined;
  readonly #closed = new AbortController();

  constructor(deps: S3BucketDeps) {
    this.#deps = deps;
    this.#pace = new S3Pace({ clock: deps.clock, widest: deps.concurrency });
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
      // It goes on when its caller gives up: a bucket so slow that two writes take longer than a call may would never be found out.
      this.#trying ??= this.#tryForAWhile().finally(() => {
        this.#trying = undefined;
      });
      this.#trying.catch(() => undefined);
      await abortable(signal, this.#trying);
    }
    return this.#compares;
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the bucket is closed'));
    const connection = await this.#connection?.catch(() => undefined);
    connection?.client.destroy();
  }

  #tryForAWhile(): Promise<void> {
    const late = () => unavailable(this.#deps, new Error(`no answer within ${TRIAL_MS} ms`));
    const act = (signal: AbortSignal) => this.#tryComparing(signal);
    return within(this.#deps.clock, TRIAL_MS, act, late, this.#closed.signal);
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

  /**
   * Waits for its turn, and tries again what may go well then. Rejects with the signal's reason, or with `E_TIER_UNAVAILABLE`.
   */
  async #request<T>(
    signal: AbortSignal,
    send: (connection: Connection, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#pace.turn(signal, () => this.#once(signal, send));
      } catch (error) {
        signal.throwIfAborted();
        const { tries } = failureOf(error);
        if (attempt >= tries) throw unavailable(this.#deps, error);
        await sleep(this.#deps.clock, PAUSE_MS * 2 ** attempt, signal);
      }
    }
  }

  /** What the answer says about the pace is heeded before the next request has its turn. */
  async #once<T>(
    signal: AbortSignal,
    send: (connection: Connection, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    this.#connection ??= connect(this.#deps);
    const connection = await this.#connection;
    const sentAt = this.#deps.clock.elapsed();
    try {
      const answer = await send(connection, signal);
      this.#pace.answered(sentAt);
      return answer;
    } catch (error) {
      const { kind } = failureOf(error);
      if (kind === 'slow-down') this.#pace.slowDown(sentAt);
      else if (kind !== 'none') this.#pace.answered(sentAt);
      throw error;
    }
  }
}

/** The SDK is large: it is loaded when the first request is made. */
async function connect(options: S3BucketDeps): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, pathStyle, accessKeyId, secretAccessKey, concurrency } = options;
  const agent = { keepAlive: true, maxSockets: concurrency };
  const client = new sdk.S3Client({
    region,
    // Attempts are made by `S3Bucket`: the SDK's would be more requests where fewer are asked for.
    maxAttempts: 1,
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

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
