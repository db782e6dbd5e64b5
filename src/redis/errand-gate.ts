/**
 * What a retrying connection does with commands that somebody waits for. Work that nobody waits for is kept while the server is
 * away, and sent again; a command on an errand (`flow/errand.ts`) is answered within seconds, or refused and never executed later:
 *
 * - while there is no connection it waits for one as long as a reconnect takes, and never in the client's own queue;
 * - before it is sent, the server must answer a ping: what lies in the socket of a server that hangs would be executed when that
 *   goes on, long after its sender gave up;
 * - its reply is waited for within a bound;
 * - what the client wants to send again after a lost connection is refused;
 * - what belongs to an errand that was given up is refused.
 */
import { Command, type Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { type ForewarmError, messageOf } from '../core/errors.ts';
import { within } from '../flow/deadline.ts';
import { Errand } from '../flow/errand.ts';
import { PATIENCE } from '../flow/patience.ts';
import { stateOf } from './connection-error.ts';
import type { Recovery } from './recovery.ts';
import { jobsServer, unreachable } from './refusals.ts';

export interface ErrandGateDeps {
  readonly client: Redis;
  /** The server, for people. */
  readonly place: string;
  readonly clock: Clock;
  readonly recovery: Pick<Recovery, 'failed' | 'answered'>;
  /** Why the private server could not be started: it says more than that nothing listens there. */
  readonly notStarted?: ForewarmError | undefined;
}

type Stream = Parameters<Redis['sendCommand']>[1];

interface Waiting {
  readonly command: Command;
  readonly stream: Stream;
  readonly errand: Errand;
}

/** Puts a gate before everything that the client sends from now on. */
export function keepErrands(deps: ErrandGateDeps): Pick<ErrandGate, 'expectSilence'> {
  const { client } = deps;
  const gate = new ErrandGate(deps, client.sendCommand.bind(client));
  client.sendCommand = (command, stream) => gate.send(command, stream);
  return gate;
}

const LOST = 'the connection was lost before it answered';

class ErrandGate {
  readonly #deps: ErrandGateDeps;
  readonly #pass: Redis['sendCommand'];
  readonly #sent = new WeakSet<Command>();
  readonly #underWay = new Set<Command>();
  #waiting: Waiting[] = [];
  /** It did not answer in time, and has not since: a verb of many steps must not wait as long for each of them. */
  #isSilent = false;

  constructor(deps: ErrandGateDeps, pass: Redis['sendCommand']) {
    this.#deps = deps;
    this.#pass = pass;
    deps.client.on('close', () => {
      for (const command of this.#underWay) command.reject(this.#refusal(LOST));
    });
  }

  /** Whoever waited for the server has given up. */
  expectSilence(): void {
    this.#fallSilent();
  }

  send(command: Command, stream: Stream): unknown {
    const errand = Errand.current();
    if (this.#sent.has(command)) {
      command.reject(this.#refusal(LOST));
    } else if (errand === undefined) {
      return this.#pass(command, stream);
    } else if (errand.signal.aborted) {
      command.reject(errand.signal.reason);
    } else {
      this.#waiting.push({ command, stream, errand });
      if (this.#waiting.length === 1) void this.#open();
    }
    return command.promise;
  }

  /** Lets through what waits, in order, or refuses all of it: the commands of a pipeline share their fate. */
  async #open(): Promise<void> {
    const failure = await this.#reach().then(
      () => (this.#deps.client.status === 'ready' ? undefined : this.#refusal(stateOf(this.#deps.client))),
      (error: unknown) => error,
    );
    const waiting = this.#waiting.splice(0);
    this.#inOneWrite(() => {
      for (const { command, stream, errand } of waiting) {
        if (failure !== undefined) command.reject(asError(failure));
        else if (errand.signal.aborted) command.reject(errand.signal.reason);
        else this.#sendNow(command, stream);
      }
    });
  }

  /** What a verb asks at the same time, such as the size of each source, goes to the system at once: each write of a socket costs more than its command. */
  #inOneWrite(send: () => void): void {
    const { stream } = this.#deps.client;
    stream?.cork();
    try {
      send();
    } finally {
      stream?.uncork();
    }
  }

  #sendNow(command: Command, stream: Stream, patience: number = PATIENCE.errand): void {
    const timer = this.#deps.clock.after(patience, () => {
      this.#fallSilent();
      command.reject(this.#late(patience));
    });
    const done = () => {
      timer.cancel();
      this.#underWay.delete(command);
    };
    command.promise.then(done, done);
    this.#sent.add(command);
    this.#underWay.add(command);
    this.#pass(command, stream);
  }

  /** Resolves when the server has answered just now. A connection that turns out to be dead is replaced first, once. */
  async #reach(): Promise<void> {
    const { client, notStarted } = this.#deps;
    if (notStarted !== undefined && client.status !== 'ready') throw notStarted;
    await this.#greet().catch(async (error: unknown) => {
      if (client.status === 'ready') throw error;
      await this.#connected();
      await this.#greet();
    });
  }

  async #greet(): Promise<void> {
    if (this.#deps.client.status !== 'ready') await this.#connected();
    const ping = new Command('ping', [], { replyEncoding: 'utf8' });
    this.#sendNow(ping, undefined, this.#isSilent ? PATIENCE.reconnect : PATIENCE.errand);
    await ping.promise;
    this.#isSilent = false;
    this.#deps.recovery.answered(this);
  }

  #fallSilent(): void {
    this.#isSilent = true;
    this.#deps.recovery.failed(this);
  }

  #connected(): Promise<void> {
    const { client, clock } = this.#deps;
    const refuse = () => this.#refusal(stateOf(client));
    if (client.status === 'end') return Promise.reject(refuse());
    let onReady = () => {};
    const ready = new Promise<void>((resolve) => {
      onReady = resolve;
      client.once('ready', resolve);
    });
    return within(clock, PATIENCE.reconnect, () => ready, refuse).finally(() => client.off('ready', onReady));
  }

  #late(patience: number): ForewarmError {
    return this.#refusal(`no answer within ${patience / 1_000} s`);
  }

  #refusal(why: string): ForewarmError {
    const { notStarted, client, place } = this.#deps;
    return notStarted !== undefined && client.status !== 'ready'
      ? notStarted
      : unreachable(jobsServer(place), why);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
