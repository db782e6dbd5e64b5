/** A tick: one firing of a schedule, named by the schedule and the time that it named. */

export interface Tick {
  readonly schedule: string;
  /** The time that the schedule named, in ms since the epoch: the same in every process. */
  readonly nominal: number;
}

/** The key by which schedulers agree who enqueues a tick. It is part of a Redis key: other versions read it too. */
export function tickKey({ schedule, nominal }: Tick): string {
  return `${schedule}:${new Date(nominal).toISOString()}`;
}

/** The id of a tick's job or run: a tick that is enqueued twice makes one. */
export function tickId({ schedule, nominal }: Tick): string {
  return `${schedule}-${new Date(nominal).toISOString().replace(/[-:]/g, '').replace('.', '')}`;
}
