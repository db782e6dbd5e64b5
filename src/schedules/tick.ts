/** A tick: one firing of a schedule, named by the schedule and the time that it named. */

export interface Tick {
  readonly schedule: string;
  /** The time that the schedule named, in ms since the epoch: the same in every process. */
  readonly nominal: number;
}

/** The id of a tick's job or run: a tick that is enqueued twice makes one. */
export function tickId({ schedule, nominal }: Tick): string {
  return `${schedule}-${new Date(nominal).toISOString().replace(/[-:]/g, '').replace('.', '')}`;
}
