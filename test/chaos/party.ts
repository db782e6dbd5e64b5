/** A process of a chaos run and its links to the servers, which outlive it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bucket, BucketOptions } from './bucket.ts';
import type { Orders } from './child.ts';
import { Link } from './link.ts';
import { configOf } from './plan.ts';
import type { Bug } from './planted.ts';
import type { Message } from './records.ts';

export interface PartyDeps {
  readonly name: string;
  readonly role: 'reader' | 'worker';
  readonly hasMemory: boolean;
  readonly seed: number;
  readonly folder: string;
  readonly origin: string;
  /** Undefined where the disk lies below Redis. */
  readonly bucket: Bucket | undefined;
  readonly bug: Bug | undefined;
  /** Told of what it tells. */
  readonly told: (message: Message) => void;
  readonly died: () => void;
}

const PROGRAMS = {
  reader: fileURLToPath(new URL('./reader-process.ts', import.meta.url)),
  worker: fileURLToPath(new URL('./worker-process.ts', import.meta.url)),
};

/** What a process has links to. */
export type Far = 'jobs' | 'cache' | 'bucket';

export class Party {
  readonly name: string;
  /** To the bucket where there is one. */
  readonly links: Readonly<Partial<Record<Far, Link>> & Record<'jobs' | 'cache', Link>>;
  readonly #init: PartyDeps;
  #child: ChildProcess | undefined;
  #lives = 0;
  #wanted = false;
  #stderr = '';

  private constructor(init: PartyDeps, links: Party['links']) {
    this.name = init.name;
    this.#init = init;
    this.links = links;
  }

  static async create(init: PartyDeps, ports: Readonly<Record<'jobs' | 'cache', number>>): Promise<Party> {
    const [jobs, cache] = await Promise.all([Link.start(ports.jobs), Link.start(ports.cache)]);
    const bucket = init.bucket && (await Link.start(init.bucket.port));
    return new Party(init, { jobs, cache, ...(bucket !== undefined && { bucket }) });
  }

  get isReader(): boolean {
    return this.#init.role === 'reader';
  }

  get hasMemory(): boolean {
    return this.#init.hasMemory;
  }

  /** Resolves when it runs. It is started again as often as it cannot start, since its Redis may be away. */
  async start(): Promise<void> {
    this.#wanted = true;
    while (this.#wanted && !(await this.#startOnce()));
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#init.died();
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Only reads from now on. */
  quiet(): void {
    if (this.isReader) this.#child?.send('quiet');
  }

  async close(): Promise<void> {
    await this.kill();
    await Promise.all(Object.values(this.links).map((link) => link.close()));
  }

  async #startOnce(): Promise<boolean> {
    this.#lives += 1;
    const { role, told } = this.#init;
    const child = fork(PROGRAMS[role], [JSON.stringify(this.#orders())], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    child.stderr?.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-3_000);
    });
    const ready = new Promise<boolean>((resolve) => {
      child.on('message', (message: Message) => {
        told(message);
        if (message.kind === 'ready') resolve(true);
      });
      child.once('exit', (code) => {
        resolve(false);
        // One that ends by itself is a failure of the checker, or of what it checks.
        if (this.#child === child && code !== null) this.#ended(code);
      });
    });
    return ready;
  }

  #ended(code: number): void {
    this.#child = undefined;
    if (/E_REDIS_UNAVAILABLE/.test(this.#stderr)) this.#stderr = '';
    else process.stderr.write(`${this.name} ended with ${code}:\n${this.#stderr}\n`);
  }

  /** By its own way to it. */
  #bucket(): BucketOptions | undefined {
    const { bucket } = this.#init;
    const { bucket: link } = this.links;
    return bucket && link && { ...bucket.options, endpoint: `http://${link.address}` };
  }

  #orders(): Orders {
    const { name, seed, folder, origin, hasMemory, bug } = this.#init;
    const { jobs, cache } = this.links;
    const urls = { jobs: `redis://${jobs.address}`, cache: `redis://${cache.address}` };
    const config = configOf({ folder, origin, hasMemory, ...urls, bucket: this.#bucket() });
    const life = `${name}.${this.#lives}`;
    return { name, life, seed: seed + this.#lives, config, ...(bug !== undefined && { bug }) };
  }
}
