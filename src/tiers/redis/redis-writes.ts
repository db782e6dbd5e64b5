import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';
import { NEVER } from '../../core/never.ts';
import { type End, endOf } from '../../flow/deadline.ts';
import { runScript } from '../../redis/script.ts';
import { slices } from '../../redis/slices.ts';
import { NodeTimes } from './node-times.ts';
import { RecentWrites } from './recent-writes.ts';
import { batchesOf } from './redis-batches.ts';
import { onServerChange } from './redis-changes.ts';
import { NOW, PUT } from './redis-scripts.ts';

export interface RedisWritesDeps {
  readonly redis: Redis | Cluster;
  /** Ms after its last confirmation at which an entry leaves; 0: when it is gone. */
  readonly ttl: number;
  /** Recent writes could not be written again to a server that took over. */
  readonly onProblem: (error: unknown) => void;
}

/** Of recent writes, in bytes: some seconds of a busy process, more than a replica lags behind. */
const REMEMBERED = 8 * 2 ** 20;
/** What `PUT` answers for a write that the server now holds. */
const WRITTEN = 1;

/**
 * Writes that are done in time or never. What lies in the socket of a server that hangs is executed when that goes on, long
 * after its sender gave up, and no client can take it back. So each write says until when it may be executed, by the clock of
 * the server that executes it, and one that comes later does nothing. That clock is known from the replies to earlier writes.
 *
 * A replica that is promoted need not have the last writes, although they were acknowledged. So the latest are remembered, and written
 * again whenever another server may have taken over. Stamps decide there as ever, so that does no harm to the same one.
 */
export class RedisWrites {
  readonly #redis: Redis | Cluster;
  readonly #ttl: string;
  readonly #times = new NodeTimes();
  readonly #recent = new RecentWrites(REMEMBERED);
  readonly #onProblem: (error: unknown) => void;
  readonly #stop: () => void;
  #isReplaying = false;
  #isChanged = false;

  constructor({ redis, ttl, onProblem }: RedisWritesDeps) {
    this.#redis = redis;
    this.#ttl = String(ttl);
    this.#onProblem = onProblem;
    this.#stop = onServerChange(redis, () => void this.#replay());
  }

  /** One code per key; see `PUT`. Rejects when the server came to it too late, and then nothing of that batch is written. */
  async put(keys: readonly string[], payloads: readonly Buffer[], signal: AbortSignal): Promise<number[]> {
    const codes = await this.#put(keys, payloads, signal);
    for (const [i, key] of keys.entries()) {
      const payload = payloads[i];
      if (payload !== undefined && codes[i] === WRITTEN) this.#recent.add({ key, payload });
    }
    return codes;
  }

  close(): void {
    this.#stop();
  }

  /** One at a time; a change meanwhile begins it anew. */
  async #replay(): Promise<void> {
    this.#isChanged = true;
    if (this.#isReplaying) return;
    this.#isReplaying = true;
    try {
      while (this.#isChanged) {
        this.#isChanged = false;
        for (const page of slices(this.#recent.all())) {
          await this.#put(
            page.map(({ key }) => key),
            page.map(({ payload }) => payload),
            NEVER,
          );
        }
      }
    } catch (error) {
      this.#onProblem(error);
    } finally {
      this.#isReplaying = false;
    }
  }

  async #put(keys: readonly string[], payloads: readonly Buffer[], signal: AbortSignal): Promise<number[]> {
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
