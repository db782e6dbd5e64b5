import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';
import { type End, endOf } from '../../flow/deadline.ts';
import { runScript } from '../../redis/script.ts';
import { NodeTimes } from './node-times.ts';
import { batchesOf } from './redis-batches.ts';
import { NOW, PUT } from './redis-scripts.ts';

export interface RedisWritesDeps {
  readonly redis: Redis | Cluster;
  /** Ms after its last confirmation at which an entry leaves; 0: when it is gone. */
  readonly ttl: number;
}

/**
 * Writes that are done in time or never. What lies in the socket of a server that hangs is executed when that goes on, long
 * after its sender gave up, and no client can take it back. So each write says until when it may be executed, by the clock of
 * the server that executes it, and one that comes later does nothing. That clock is known from the replies to earlier writes.
 */
export class RedisWrites {
  readonly #redis: Redis | Cluster;
  readonly #ttl: string;
  readonly #times = new NodeTimes();

  constructor({ redis, ttl }: RedisWritesDeps) {
    this.#redis = redis;
    this.#ttl = String(ttl);
  }

  /** One code per key; see `PUT`. Rejects when the server came to it too late, and then nothing of that batch is written. */
  async put(keys: readonly string[], payloads: readonly Buffer[], signal: AbortSignal): Promise<number[]> {
    const codes = new Array<number>(keys.length);
    const send = async (batch: readonly number[]) => {
      const names = batch.map((i) => keys[i] ?? '');
      const answer = await this.#send(
        names,
        Buffer.concat(batch.map((i) => payloads[i] ?? Buffer.of())),
        signal,
      );
      for (const [at, i] of batch.entries()) codes[i] = answer[at] ?? 0;
    };
    await Promise.all(batchesOf(keys, this.#redis.isCluster, payloads).map(send));
    return codes;
  }

  /** Once more where the server is not late, but its clock another one than was thought: it was set, or another took over. */
  async #send(keys: readonly string[], sent: Buffer, signal: AbortSignal): Promise<readonly number[]> {
    const node = this.#nodeOf(keys[0] ?? '');
    const end = endOf(signal);
    for (let tries = 1; ; tries += 1) {
      const until = end === undefined ? 0 : await this.#until(node, keys[0] ?? '', end, signal);
      // Its last line: a code for each key, and the time.
      const answer = (await runScript(this.#redis, PUT, keys, [sent, this.#ttl, until])) as number[];
      if (end !== undefined) this.#times.heard(node, answer.at(-1) ?? 0, end.clock.elapsed());
      if (answer.length > keys.length) return answer;
      if (tries > 1 || signal.aborted) throw new Error('it came to the write too late, and did not do it');
    }
  }

  /** By that server's clock, in ms. */
  async #until(node: string, key: string, { clock, at }: End, signal: AbortSignal): Promise<number> {
    if (!this.#times.knows(node)) {
      this.#times.heard(node, Number(await runScript(this.#redis, NOW, [key], [])), clock.elapsed());
      signal.throwIfAborted();
    }
    return this.#times.at(node, at);
  }

  /** In a cluster each primary has a clock of its own. */
  #nodeOf(key: string): string {
    return this.#redis.isCluster ? ((this.#redis as Cluster).slots[slotOf(key)]?.[0] ?? '') : '';
  }
}
