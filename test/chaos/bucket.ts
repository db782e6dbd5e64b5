/** The bucket of a chaos run, and its server. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { S3Server } from '../support/s3-server.ts';

const PROGRAM = fileURLToPath(new URL('./bucket-process.ts', import.meta.url));

/** What `tiers.s3` needs to reach it. */
export type BucketOptions = S3Server['options'];

export class Bucket {
  readonly options: BucketOptions;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, options: BucketOptions) {
    this.#child = child;
    this.options = options;
  }

  static async start(): Promise<Bucket> {
    const child = fork(PROGRAM, { execArgv: [] });
    // The first thing that it says.
    const [options] = (await once(child, 'message')) as [BucketOptions];
    return new Bucket(child, options);
  }

  get port(): number {
    return Number(new URL(this.options.endpoint).port);
  }

  /** It answers nobody any more, and cuts every connection. */
  stop(): Promise<void> {
    return this.#tell('stop');
  }

  restart(): Promise<void> {
    return this.#tell('start');
  }

  async close(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }

  async #tell(word: 'stop' | 'start'): Promise<void> {
    this.#child.send(word);
    await once(this.#child, 'message');
  }
}
