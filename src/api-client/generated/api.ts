/**
 * The control API as types, and the table by which the client sends requests. Made by `npm run docs` from the OpenAPI document.
 * Do not edit.
 */
import type { ApiEvent, CallOptions, Lines, NoRequest, OperationRow } from '../call-shapes.ts';

export type WarmInput = {
  /** What was planned, for the report of the run: the figures of `POST /v1/plans`. */
  readonly plan?: {
    readonly keys: number;
    readonly fetch: number;
    readonly calls: {
      readonly low: number;
      readonly likely: number;
      readonly high: number;
    };
    readonly bytes: {
      readonly low: number;
      readonly likely: number;
      readonly high: number;
    } | null;
    /** How long it takes, in milliseconds. */
    readonly likely: {
      readonly low: number;
      readonly likely: number;
      readonly high: number;
    } | null;
  } | undefined;
  /** Which keys, such as `source=profile entities=markets`. The empty selector is everything configured. Default: `""`. */
  readonly selector?: string | undefined;
  /** The source of `rows`, or of `keys`. */
  readonly source?: string | undefined;
  /** Params of values to warm, one object each, in place of a selector; in no entity set they need be. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Keys to warm, in place of a selector. */
  readonly keys?: readonly string[] | undefined;
  /** Why, for people: it is kept on record. */
  readonly why?: string | undefined;
  /** Where rows or keys come from, for people: a file, a table. */
  readonly from?: string | undefined;
  /** How long keys that are named are kept warm from now on, in milliseconds; then they go by themselves. Absent: three times the ttl of their source. */
  readonly keep?: number | undefined;
  /** Names the run; the same id again returns the same run. */
  readonly id?: string | undefined;
  /** Fetch also what is still fresh. Default: `false`. */
  readonly force?: boolean | undefined;
  /** Leave alone what has a servable value, stale or not. Default: `false`. */
  readonly missing?: boolean | undefined;
  /** Warm at most this many keys; absent: all. */
  readonly limit?: number | undefined;
  /** Believe origins that have values no more, however many vanish at once. */
  readonly acceptAbsent?: boolean | undefined;
  /** No key is begun after this many milliseconds; absent: no end. */
  readonly deadline?: number | undefined;
};

export type ClearInput = {
  /** `drop` forgets every value; `stale` serves the old ones until new ones land. Default: `"drop"`. */
  readonly mode?: "stale" | "drop" | undefined;
  /** Warm everything again right away. Default: `false`. */
  readonly rewarm?: boolean | undefined;
  /** Why, for people: it is kept on record. */
  readonly why?: string | undefined;
};

export type InvalidateInput = {
  /** Which keys. The empty selector is refused here. */
  readonly selector: string;
  /** `stale` serves the old value until the new one lands; `drop` forgets it. Default: `"stale"`. */
  readonly mode?: "stale" | "drop" | undefined;
  /** Warm the same keys again right away. Default: `false`. */
  readonly rewarm?: boolean | undefined;
  /** Only say what would be invalidated. Default: `false`. */
  readonly dryRun?: boolean | undefined;
  /** Why, for people: it is kept on record. */
  readonly why?: string | undefined;
};

export type PurgeInput = {
  /** Which keys. The empty selector is refused here. */
  readonly selector: string;
  /** Only what is stale or gone (`clear-expired`). Default: `false`. */
  readonly expired?: boolean | undefined;
  /** Take the keys out of the catalog, too: they are not kept warm any more. Not with `expired`. Default: `false`. */
  readonly forget?: boolean | undefined;
  /** Only say what would be removed. Default: `false`. */
  readonly dryRun?: boolean | undefined;
  /** Why, for people: it is kept on record. */
  readonly why?: string | undefined;
};

export type ValidationInput = {
  /** Which keys, such as `source=profile entities=markets`. The empty selector is everything configured. Default: `""`. */
  readonly selector?: string | undefined;
  /** Repair what is found, without a call to an origin. Default: `false`. */
  readonly repair?: boolean | undefined;
  /** Findings to name, of each kind. Default: `10`. */
  readonly samples?: number | undefined;
  /** Why, for people: it is kept on record. */
  readonly why?: string | undefined;
};

export type Counts = Readonly<Record<"warmed" | "unchanged" | "already-warm" | "absent" | "refused" | "failed" | "excluded" | "cancelled", number>>;

export type Run = {
  readonly id: string;
  readonly state: "planning" | "running" | "verifying" | "ended";
  /** What was asked for. Where keys were named, or it is very long, a short description of it. */
  readonly selector: string;
  /** The keys that were named one by one or by rows, and their sources; null for a selector. */
  readonly named: {
    readonly keys: number;
    readonly sources: readonly string[];
  } | null;
  readonly cause: "api" | "cli" | "library" | "schedule" | "start";
  readonly schedule: string | null;
  /** The time the schedule named. */
  readonly nominal: number | null;
  /** Who asked for it and why, where they said why; else empty. */
  readonly note: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly endedReason: "finished" | "stopped" | "deadline" | "failed" | null;
  /** More about its end: who stopped it and why, or what went wrong; empty where there is no more. */
  readonly endedNote: string;
  /** Keys in the manifest. */
  readonly total: number;
  /** Keys without an outcome. */
  readonly pending: number;
  /** Entity sets that could not be read when it was planned, and why: their keys are not in the manifest. */
  readonly unread: readonly {
    readonly entities: string;
    readonly reason: string;
  }[];
  /** Sources of which more keys were in no entity set any more than may vanish at once, when it was planned: these are not in the manifest. */
  readonly shrunk: readonly {
    readonly source: string;
    /** The entity sets that feed it. */
    readonly entities: readonly string[];
    /** Keys that these give now. */
    readonly listed: number;
    /** Keys selected that are kept warm and in no entity set. In a large catalog an estimate. */
    readonly missing: number;
    /** Keys of the source that are kept warm, those included. */
    readonly keys: number;
  }[];
  readonly counts: Counts;
  /** By tier, as verified at the end. */
  readonly coverage: Readonly<Record<string, {
    readonly warm: number;
    readonly total: number;
  }>>;
  /** Grows with every change. */
  readonly revision: number;
  /** What it waits for, where runs are shown or listed, and where one that is followed does not go on. */
  readonly waits: readonly RunWait[];
};

export type RunWait = {
  readonly for: "worker" | "origin" | "quota" | "budget" | "lane";
  /** Its name; of a lane that of an origin which is configured no more. */
  readonly origin: string | null;
  /** When a paused origin is asked again, or one whose quota or configured window is used up. */
  readonly until: number | null;
  readonly reason: string;
  /** Who paused the origin, such as `worker 4711 on host-a`. */
  readonly by: string | null;
};

export type RunReport = {
  readonly run: string;
  /** What was planned when it was made, or of a tick with its manifest; null where nobody did. */
  readonly plan: {
    readonly keys: number;
    readonly fetch: number;
    readonly calls: {
      readonly low: number;
      readonly likely: number;
      readonly high: number;
    };
    readonly bytes: {
      readonly low: number;
      readonly likely: number;
      readonly high: number;
    } | null;
    /** How long it takes, in milliseconds. */
    readonly likely: {
      readonly low: number;
      readonly likely: number;
      readonly high: number;
    } | null;
  } | null;
  /** Why the run of a tick has no plan; null where it has one, or is of none. */
  readonly unplanned: string | null;
  /** How well plans held of the runs before it of the same schedule; null where there were none. */
  readonly held: {
    /** The last runs of the schedule that finished and were planned; ten at the most. */
    readonly runs: number;
    /** What they took, for each millisecond that was likely: the least, the middle one, the most. */
    readonly ratio: Estimate;
  } | null;
  readonly actual: {
    readonly keys: number;
    /** Keys that an origin was asked for. */
    readonly fetch: number;
    readonly calls: number;
    /** Of those, the ones that failed: no response came, or one that says that it cannot answer, such as 503. */
    readonly failed: number;
    /** Of the bodies that came. */
    readonly bytes: number;
    /** Milliseconds from its creation to its end; null before that. */
    readonly duration: number | null;
  };
  /** Each figure that was planned, once the run has ended. */
  readonly compared: readonly ({
    readonly figure: "keys" | "fetch" | "calls" | "bytes" | "duration";
    readonly planned: Estimate;
    readonly actual: number;
    /** Of what was planned. */
    readonly is: "within" | "less" | "more";
  })[];
  readonly sources: readonly ({
    readonly source: string;
    readonly calls: number;
    readonly failed: number;
    readonly bytes: number;
    /** How long calls took. */
    readonly ms: Estimate | null;
  })[];
  /** The slowest keys. */
  readonly slow: readonly {
    readonly key: string;
    readonly ms: number;
  }[];
  /** The run before it of the same schedule, or else of the same selector; null where there is none. */
  readonly last: string | null;
  /** To that run. Null also before this one has ended, and where both have more than 50,000 keys together: `/diff` compares those. */
  readonly diff: RunDiff | null;
};

export type RunDiff = {
  readonly run: string;
  /** Of this run: before its end, what is told of it is not all. */
  readonly progress: {
    /** Whether it ended by itself, so that what is told of its keys holds for all of them. */
    readonly final: boolean;
    readonly state: "planning" | "running" | "verifying" | "ended";
    readonly endedReason: "finished" | "stopped" | "deadline" | "failed" | null;
    /** Keys without an outcome. */
    readonly pending: number;
    /** Keys that were given up as it was stopped, or at its deadline. */
    readonly cancelled: number;
  };
  /** The run that it is compared with. */
  readonly to: string;
  /** Of that run. */
  readonly toProgress: {
    /** Whether it ended by itself, so that what is told of its keys holds for all of them. */
    readonly final: boolean;
    readonly state: "planning" | "running" | "verifying" | "ended";
    readonly endedReason: "finished" | "stopped" | "deadline" | "failed" | null;
    /** Keys without an outcome. */
    readonly pending: number;
    /** Keys that were given up as it was stopped, or at its deadline. */
    readonly cancelled: number;
  };
  /** They fail, or are refused, and did not. */
  readonly newlyFailing: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  readonly stillFailing: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  /** They failed, and were asked for again with success. */
  readonly recovered: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  /** They failed, and were not asked for again: what is stored of them from before still serves. */
  readonly unasked: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  /** Left alone in this run: in quarantine, or by `missing`. */
  readonly excluded: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  /** They were not in the other run. */
  readonly came: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  /** They are not in this one. */
  readonly left: {
    readonly count: number;
    /** The first of them, and why. */
    readonly keys: readonly {
      readonly key: string;
      readonly reason: string;
    }[];
  };
  /** Shares of the keys that were warm in each tier, from 0 to 1. */
  readonly coverage: readonly ({
    readonly tier: string;
    readonly before: number | null;
    readonly after: number | null;
  })[];
  /** How long calls took, in milliseconds. Slower: half of them take half as long again. */
  readonly sources: readonly ({
    readonly source: string;
    readonly before: Estimate | null;
    readonly after: Estimate | null;
    readonly slower: boolean;
  })[];
  /** Of the slowest keys, those that were not among them, and took twice as long as nine of ten calls. */
  readonly slowKeys: readonly {
    readonly key: string;
    readonly ms: number;
  }[];
  /** Such keys beside those that are named, among the slowest of each chunk. */
  readonly moreSlow: number;
};

export type RunFailures = {
  readonly run: string;
  /** In the order of the manifest. */
  readonly failures: readonly ({
    readonly key: string;
    readonly outcome: "failed" | "refused" | "excluded";
    /** Of its last failed attempt in this run, whatever became of it since; empty where that is not on record any more: it is kept for a day, and of a thousand keys of a source. */
    readonly reason: string;
  })[];
  /** Keys of the run that failed, were refused or were left alone in quarantine, so far. */
  readonly total: number;
  /** Keys that a run of what is missing left alone, served or in quarantine: they are not listed. */
  readonly unlisted: number;
  readonly progress: {
    /** Whether it ended by itself, so that what is told of its keys holds for all of them. */
    readonly final: boolean;
    readonly state: "planning" | "running" | "verifying" | "ended";
    readonly endedReason: "finished" | "stopped" | "deadline" | "failed" | null;
    /** Keys without an outcome. */
    readonly pending: number;
    /** Keys that were given up as it was stopped, or at its deadline. */
    readonly cancelled: number;
  };
  /** Of the next page; null: this is the last one. */
  readonly cursor: string | null;
};

export type Entry = {
  readonly key: string;
  readonly source: string;
  readonly temperature: "hot" | "warm" | "cold";
  /** `absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may have one did not answer. */
  readonly state: "value" | "absent" | "missing" | "unavailable";
  /** Null where nothing servable was found. */
  readonly freshness: "fresh" | "due" | "stale" | null;
  readonly dueAt: number | null;
  /** When the origin last confirmed what is stored: its age counts from there. Null where nothing is. */
  readonly checkedAt: number | null;
  readonly bodyBytes: number;
  /** Tiers that keep it and have nothing of it, something older, or did not answer; memory is that of the process that answers. */
  readonly lacking: readonly string[];
  /** Why the last attempt did not succeed. */
  readonly failure: string | null;
};

export type Head = {
  readonly key: string;
  readonly source: string;
  readonly kind: "value" | "absent" | "dropped";
  readonly freshness: "fresh" | "due" | "stale" | "gone";
  readonly stamp: number;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  /** Milliseconds since the epoch. */
  readonly staleAt: number;
  /** Milliseconds since the epoch. */
  readonly goneAt: number;
  readonly contentType: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly version: string | null;
  /** What the origin gave beside the value and cannot be used, such as an ETag with a line break. */
  readonly unusable: string | null;
  readonly tags: readonly string[];
  readonly bodyBytes: number;
};

export type Inspection = {
  readonly key: string;
  /** `absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may have one did not answer. */
  readonly state: "value" | "absent" | "missing" | "unavailable";
  readonly source: string;
  /** Where its source has its values from. */
  readonly origin: string;
  readonly temperature: "hot" | "warm" | "cold";
  readonly params: Readonly<Record<string, string>>;
  /** Whether it is kept warm; null while the jobs Redis does not say. */
  readonly catalogued: boolean | null;
  /** Until when it is kept because somebody named it; afterwards only if an entity set has it. */
  readonly keptUntil: number | null;
  readonly dueAt: number | null;
  readonly failure: {
    readonly outcome: "refused" | "failed";
    readonly reason: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
    /** Attempts in a row that ended so; 0: the key was not to blame, and mostly not asked for. */
    readonly count: number;
    /** Whether it is set aside for that, and tried seldom. */
    readonly quarantined: boolean;
  } | null;
  readonly tiers: readonly ({
    readonly tier: string;
    readonly head: Head | null;
    /** Why the tier did not answer. */
    readonly error: string | null;
  })[];
};

export type KeyCount = {
  readonly selector: string;
  readonly keys: number;
  /** `estimate`: as many as there would be if the rest of the keys were as those that were gone through in time. `at-least`: so many were found in time. */
  readonly exactness: "exact" | "estimate" | "at-least";
  /** Those that have such keys. */
  readonly sources: readonly ({
    readonly source: string;
    readonly keys: number;
    /** `estimate`: as many as there would be if the rest of the keys were as those that were gone through in time. `at-least`: so many were found in time. */
    readonly exactness: "exact" | "estimate" | "at-least";
  })[];
  /** How long it took. */
  readonly ms: number;
};

/** A figure that is not known yet: of ten times it is lower than `low` once, and higher than `high` once. */
export type Estimate = {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
};

export type Plan = {
  readonly selector: string;
  readonly schedule: string | null;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  /** When it is to be done; null: no end was named. */
  readonly by: number | null;
  /** `fits`: even if it takes long, and what is left of other runs on the same origins is known. `likely`, `unlikely`: by what was seen, or if calls that never were are answered within their timeouts. `impossible`: the budget, or what holds now, does not allow it. `misses`: the schedule does not fire, or not in time (`reasons`). `unknown`: nothing was seen of a source, nobody lives who would do it (`reasons`), or the jobs Redis did not answer. Null without an end, unless it does not fire at all. */
  readonly verdict: "fits" | "likely" | "unlikely" | "impossible" | "misses" | "unknown" | null;
  /** What keeps the plan from coming true, whatever its figures. `paused`, `no-tick`: the schedule does not fire. `late`: it fires only after the end. `no-scheduler`, `no-worker`: none lives now. `failing`: most calls of the last minutes failed. */
  readonly reasons: readonly ({
    readonly kind: "paused" | "no-tick" | "late" | "no-scheduler" | "no-worker" | "failing";
    readonly text: string;
  })[];
  readonly keys: {
    readonly total: number;
    /** The origin would be asked for them. */
    readonly fetch: number;
    /** Nothing would be done: absences that are still believed included. */
    readonly alreadyWarm: number;
    /** Left alone: by `missing`, or in quarantine. */
    readonly excluded: number;
  };
  /** Of the keys to fetch, those whose last attempt failed: a run tries them again, and waits in between. With `force` none are looked for. */
  readonly failing: number;
  /** Keys that were looked up. Fewer than all: the figures are estimates, by this sample. */
  readonly looked: number;
  readonly sources: readonly ({
    readonly source: string;
    readonly origin: string;
    readonly total: number;
    /** The origin would be asked for them. */
    readonly fetch: number;
    /** Nothing would be done: absences that are still believed included. */
    readonly alreadyWarm: number;
    /** Left alone: by `missing`, or in quarantine. */
    readonly excluded: number;
    /** With tries, as often as they were needed. */
    readonly calls: Estimate;
    /** From the origin; null where none was seen. */
    readonly bytes: Estimate | null;
    /** What calls took lately; null where none was seen. */
    readonly seen: {
      /** So many calls the figures are from. */
      readonly calls: number;
      /** Over so many hours in which the source was called. */
      readonly hours: number;
      /** How long a call takes. */
      readonly ms: Estimate;
      /** Keys that one call was asked for, tries included. */
      readonly keysPerCall: number;
      readonly bodyBytes: Estimate | null;
    } | null;
  })[];
  readonly tiers: readonly ({
    readonly tier: string;
    readonly total: number;
    readonly fresh: number;
    readonly due: number;
    readonly stale: number;
    readonly missing: number;
    /** The tier did not answer for these. */
    readonly unavailable: number;
    /** Keys that it does not have, and would be given. */
    readonly adds: number;
    readonly error: string | null;
  })[];
  /** What each tier holds and may hold. */
  readonly rooms: readonly ({
    readonly tier: string;
    /** Bytes in it now; null where that is not known. */
    readonly holds: number | null;
    /** Bytes that it may hold; null: no limit of its own. */
    readonly limit: number | null;
    /** Bytes that would be added, before compression; null where no size was seen. */
    readonly adds: Estimate | null;
    /** Bytes that would have to go for them, at the most. */
    readonly evicts: Estimate | null;
  })[];
  readonly origins: readonly ({
    readonly origin: string;
    readonly calls: Estimate;
    /** Calls at the same time, as configured. */
    readonly concurrency: number;
    readonly rate: string | null;
    /** What holds now; null where the ledger did not say. */
    readonly present: {
      readonly concurrency: number;
      readonly perSecond: number | null;
      readonly pausedUntil: number | null;
      /** Of a pause, or why limits are lowered. */
      readonly reason: string;
    } | null;
    /** Of an hour and longer. */
    readonly windows: readonly ({
      /** Such as `1000/d`. */
      readonly window: string;
      /** That it allows. */
      readonly calls: number;
      /** Of those, the ones that were made within it, to the hour; null where it is longer than the two days that are kept. */
      readonly used: number | null;
      /** Calls of this plan. */
      readonly takes: Estimate;
    })[];
    /** Calls an hour of others lately, by user of the budget. */
    readonly others: Readonly<Record<string, number>>;
    /** Milliseconds, at the very least, under the budget as configured. */
    readonly shortest: number;
    /** The same under what holds now. */
    readonly shortestNow: number;
    /** Milliseconds; null where calls for a source of it were never seen. */
    readonly likely: Estimate | null;
    /** Where `likely` is null: if each call took as long as its timeout allows, and was answered. */
    readonly atMost: number | null;
  })[];
  readonly calls: Estimate;
  readonly bytes: Estimate | null;
  /** Milliseconds of work beside the calls, by how long the plan took to look keys up. */
  readonly own: Estimate;
  readonly shortest: number;
  readonly shortestNow: number;
  readonly likely: Estimate | null;
  /** In milliseconds since the epoch. */
  readonly endsAt: Estimate | null;
  /** How well plans of the last runs of this schedule held; null without one, or where there were none. */
  readonly held: {
    /** The last runs of the schedule that finished and were planned; ten at the most. */
    readonly runs: number;
    /** What they took, for each millisecond that was likely: the least, the middle one, the most. */
    readonly ratio: Estimate;
  } | null;
  /** What decides the answer and is no figure: a pause, a tick that is left out, an entity set that shrank. */
  readonly notes: readonly string[];
  /** What uses the same origins meanwhile. */
  readonly alongside: readonly ({
    readonly kind: "schedule" | "run";
    readonly name: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
    /** Of a schedule: how often it fires meanwhile; 10 stands for more, too. */
    readonly times: number;
    /** That both call. */
    readonly origins: readonly string[];
    /** Of it on these, which the likely times have: what is left of a run, what the last run of a schedule took. Null: not known; or of refreshes, which are in what others call. */
    readonly calls: Estimate | null;
  })[];
  /** Entity sets that cannot be read now, and why: their keys are not in the plan. */
  readonly unread: readonly {
    readonly entities: string;
    readonly reason: string;
  }[];
  /** What could not be looked up, and why: the plan does without it. */
  readonly unknown: readonly string[];
};

export type Coverage = {
  readonly selector: string;
  readonly total: number;
  readonly tiers: readonly ({
    readonly tier: string;
    readonly total: number;
    readonly fresh: number;
    readonly due: number;
    readonly stale: number;
    /** Nothing servable is stored there. */
    readonly missing: number;
    /** The tier did not answer for these. */
    readonly unavailable: number;
    /** No entity set names these any more, though they are kept warm: see `shrunk`. They were not looked up. */
    readonly unlisted: number;
    /** Of those found: the origin says that it has no value. */
    readonly absent: number;
    /** Of the bodies found. */
    readonly bytes: number;
    readonly missingSamples: readonly string[];
    readonly error: string | null;
  })[];
  /** A key counts as warm, or fresh, that is so in at least one tier. */
  readonly sources: readonly ({
    readonly source: string;
    /** Keys that belong there. */
    readonly total: number;
    /** Fresh or due. */
    readonly warm: number;
    /** Not yet due. */
    readonly fresh: number;
    /** Keys that were not found warm, and of which a tier that may have them did not answer. */
    readonly unknown: number;
    readonly tiers: readonly {
      readonly tier: string;
      /** Keys that belong there. */
      readonly total: number;
      /** Fresh or due. */
      readonly warm: number;
      /** Not yet due. */
      readonly fresh: number;
      /** Keys that were not found warm, and of which a tier that may have them did not answer. */
      readonly unknown: number;
    }[];
    /** In about the last hour, as readers report them: an estimate, since busy readers report a sample. Null where none was reported. */
    readonly reads: {
      /** Reads of the selected keys. */
      readonly all: number;
      /** Those of keys that are fresh or due in at least one tier. */
      readonly warm: number;
      /** Over how much of the last hour reads were reported, in ms: all of it, or less. */
      readonly overMs: number;
    } | null;
  })[];
  /** Of all sources together. Null: no reader reported a read of a selected key within the hour, or nobody says. */
  readonly reads: {
    /** Reads of the selected keys. */
    readonly all: number;
    /** Those of keys that are fresh or due in at least one tier. */
    readonly warm: number;
    /** Over how much of the last hour reads were reported, in ms: all of it, or less. */
    readonly overMs: number;
  } | null;
  /** Values that are warm, and older than the ttl that their source has now: they were stored under a longer one, or set with one of their own. */
  readonly outlived: readonly {
    readonly source: string;
    readonly keys: number;
  }[];
  /** Entity sets that cannot be read now, and why: their keys are not counted. */
  readonly unread: readonly {
    readonly entities: string;
    readonly reason: string;
  }[];
  /** What else is not known, since the jobs Redis did not answer, and why: sentences. */
  readonly unanswered: readonly string[];
  /** Sources of which more keys are in no entity set any more than may vanish at once. They are counted, and not as warm, until `gc` forgets them at its second look. */
  readonly shrunk: readonly {
    readonly source: string;
    /** The entity sets that feed it. */
    readonly entities: readonly string[];
    /** Keys that these give now. */
    readonly listed: number;
    /** Keys selected that are kept warm and in no entity set. In a large catalog an estimate. */
    readonly missing: number;
    /** Keys of the source that are kept warm, those included. */
    readonly keys: number;
  }[];
  /** Why keys are not warm: the most frequent reasons. */
  readonly reasons: readonly {
    readonly reason: string;
    readonly keys: number;
  }[];
  /** Some of the keys that are warm in no tier, and why. */
  readonly cold: readonly {
    readonly key: string;
    readonly source: string;
    /** The first cause that `explain` would name. */
    readonly cause: string;
    /** What became of its value, and what holds it back. */
    readonly reason: string;
  }[];
  /** Whether what was demanded holds; null: nothing was. */
  readonly verdict: {
    readonly met: boolean;
    /** Not met only because something did not answer: what is known is as it should be. */
    readonly unknown: boolean;
    readonly misses: readonly ({
      /** `known`: whether it is reached is not known, since a tier, an entity set or the jobs Redis did not answer. */
      readonly of: "warm" | "fresh" | "known";
      /** Null: of all sources together. */
      readonly source: string | null;
      readonly tier: string | null;
      readonly part: number;
      readonly total: number;
      /** The share that was demanded, from 0 to 1. */
      readonly wanted: number;
      /** Keys that are lacking; of `known` 0. */
      readonly short: number;
      readonly message: string;
    })[];
  } | null;
};

export type Explanation = {
  readonly key: string;
  /** `absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may have one did not answer. */
  readonly state: "value" | "absent" | "missing" | "unavailable";
  readonly source: string;
  /** Where its source has its values from. */
  readonly origin: string;
  readonly temperature: "hot" | "warm" | "cold";
  readonly params: Readonly<Record<string, string>>;
  /** Whether it is kept warm; null while the jobs Redis does not say. */
  readonly catalogued: boolean | null;
  /** Until when it is kept because somebody named it; afterwards only if an entity set has it. */
  readonly keptUntil: number | null;
  readonly dueAt: number | null;
  readonly failure: {
    readonly outcome: "refused" | "failed";
    readonly reason: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
    /** Attempts in a row that ended so; 0: the key was not to blame, and mostly not asked for. */
    readonly count: number;
    /** Whether it is set aside for that, and tried seldom. */
    readonly quarantined: boolean;
  } | null;
  readonly tiers: readonly ({
    readonly tier: string;
    readonly head: Head | null;
    /** Why the tier did not answer. */
    readonly error: string | null;
  })[];
  /** `warm`: fresh or due in at least one tier. `unknown`: not found so, and a tier did not answer. */
  readonly verdict: "warm" | "cold" | "unknown";
  /** What became of its value, of a key that is not warm; the nearest cause first. */
  readonly why: readonly ({
    readonly cause: "silent-tier" | "dropped" | "made-stale" | "past-ttl" | "gone" | "not-stored";
    readonly sentence: string;
    /** When that is over or tried again, where that is known. */
    readonly until: number | null;
    /** Who did it, where that is known. */
    readonly by: string | null;
    /** What ends it, where a command does: its words as for a shell, without the name of this program. */
    readonly command: string | null;
  })[];
  /** What holds it back now, of a key that is not warm: at least one. Of a warm key: what holds back its next refresh. */
  readonly delays: readonly ({
    readonly cause: "redis-away" | "quarantined" | "refused" | "failed" | "read-failed" | "origin-paused" | "quota-used-up" | "budget-used-up" | "limits-lowered" | "no-worker" | "no-worker-knows" | "not-kept" | "no-run-yet" | "no-scheduler" | "refresh-paused" | "cancelled" | "run-unread" | "run-at-work" | "in-hand" | "jobs-before" | "tick-not-done" | "next-tick" | "unexplained";
    readonly sentence: string;
    /** When that is over or tried again, where that is known. */
    readonly until: number | null;
    /** Who did it, where that is known. */
    readonly by: string | null;
    /** What ends it, where a command does: its words as for a shell, without the name of this program. */
    readonly command: string | null;
  })[];
  /** What keeps it warm, or why nothing does. */
  readonly kept: {
    readonly cause: "constant" | "listed" | "named" | "set-unread" | "no-set-feeds" | "in-no-set-any-more" | "in-no-set" | "not-looked";
    readonly sentence: string;
    /** When that is over or tried again, where that is known. */
    readonly until: number | null;
    /** Who did it, where that is known. */
    readonly by: string | null;
    /** What ends it, where a command does: its words as for a shell, without the name of this program. */
    readonly command: string | null;
  };
  /** When it is next due (`until`), and why then. */
  readonly next: {
    readonly cause: "not-known" | "never" | "after-quarantine" | "after-failure" | "now" | "refresh-ahead" | "in-hand";
    readonly sentence: string;
    /** When that is over or tried again, where that is known. */
    readonly until: number | null;
    /** Who did it, where that is known. */
    readonly by: string | null;
    /** What ends it, where a command does: its words as for a shell, without the name of this program. */
    readonly command: string | null;
  };
  /** The invalidations that hide what is stored, the latest first. */
  readonly fences: readonly ({
    /** What was invalidated, such as `tag=market:7`. */
    readonly target: string;
    readonly mode: "stale" | "drop";
    /** Milliseconds since the epoch. */
    readonly at: number;
  })[];
  /** The last attempts that did not succeed, the newest first; some, and of about a day. */
  readonly attempts: readonly ({
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly outcome: "refused" | "failed";
    readonly reason: string;
    /** Null: a refresh, or a read. */
    readonly run: string | null;
  })[];
  /** The last runs that had it, the newest first. */
  readonly runs: readonly ({
    readonly run: string;
    readonly schedule: string | null;
    /** Null: it has not ended there yet. */
    readonly outcome: "warmed" | "unchanged" | "already-warm" | "absent" | "refused" | "failed" | "excluded" | "cancelled" | null;
    readonly endedAt: number | null;
  })[];
  /** Whether each of the latest runs was looked through; long manifests are not. Null: nobody says. */
  readonly runsAreAll: boolean | null;
  /** The schedules that refresh it, or make runs that may have it. */
  readonly schedules: readonly ({
    readonly name: string;
    readonly kind: string;
    readonly nextAt: number | null;
    readonly paused: boolean;
  })[];
  /** How often it was read in about the last hour, as far as that was reported (`reported`): an estimate. Null: nobody says. */
  readonly reads: number | null;
  /** Who reports reads of its source, and since when. Null: nobody says. */
  readonly reported: {
    /** Since when reads of the source are reported without a gap; null: nobody reported any in the last hour. */
    readonly since: number | null;
    /** Over how much of the last hour they were, in ms. Less than an hour is too short to say that a key is not worth it. */
    readonly overMs: number;
    /** Processes that report them, such as `reader 4711 on host-a`, as far as they run. */
    readonly by: readonly string[];
  } | null;
  /** Whether refreshing it pays. */
  readonly worth: {
    readonly verdict: "worth" | "seldom" | "unread" | "untold";
    /** It is refreshed about as often, in ms. */
    readonly everyMs: number;
    readonly sentence: string;
  };
  /** What would make it warm, or ends what holds it back; null where it is warm and no command is needed. */
  readonly command: string | null;
};

export type Worth = {
  readonly selector: string;
  /** What reads are counted over at most, in ms. */
  readonly overMs: number;
  /** Those with the most calls for unread keys first. */
  readonly sources: readonly ({
    readonly source: string;
    readonly temperature: "hot" | "warm" | "cold";
    /** Keys selected that are kept warm. */
    readonly keys: number;
    /** Each is refreshed about as often, in ms. */
    readonly everyMs: number;
    /** Whether any read of the source was reported. Programs that read a tier themselves report nothing: then nothing follows. */
    readonly reported: boolean;
    /** Since when reads of the source are reported without a gap; null: nobody reported any in the last hour. */
    readonly since: number | null;
    /** Over how much of the last hour they were, in ms. Less than an hour is too short to say that a key is not worth it. */
    readonly overMs: number;
    /** Processes that report them, such as `reader 4711 on host-a`, as far as they run. */
    readonly by: readonly string[];
    /** Reads of these keys in `overMs`, an estimate. */
    readonly reads: number;
    /** Keys that are read at least once for each refresh. */
    readonly worth: number;
    /** Keys that are read, and refreshed more often than that. */
    readonly seldom: number;
    /** Keys that are refreshed within the hour, and of which no read was reported in it. */
    readonly unread: number;
    /** Keys of which nothing follows: no read was reported, and they are refreshed less than once an hour, nobody reports reads of the source or not for an hour yet, or it has more keys than are counted. */
    readonly untold: number;
    /** Calls to the origin that refreshing these keys takes, about. */
    readonly callsPerDay: number;
    /** Those for keys that are unread. */
    readonly callsUnread: number;
    /** Some of the unread keys. */
    readonly samples: readonly string[];
  })[];
};

export type Invalidation = {
  readonly selector: string;
  readonly mode: "stale" | "drop";
  readonly dryRun: boolean;
  /** Keys that were, or would be, invalidated; null when it was done by tags or prefixes, without looking at keys. */
  readonly keys: number | null;
  readonly bySource: Readonly<Record<string, number>>;
  /** Of a dry run: how many of them each tier has a servable value of; memory is that of the process that answers. A tier that did not answer is left out. Of many keys a sample stands for the others. */
  readonly byTier: Readonly<Record<string, number>>;
  /** Some of the keys. */
  readonly samples: readonly string[];
  /** Tags of the selector that no source gives: only values that were set with them carry them. */
  readonly unknownTags: readonly string[];
  /** No value whose fetch began before this stamp is served; null in a dry run. */
  readonly stamp: number | null;
  /** The run that warms them again. */
  readonly run: string | null;
};

export type Schedule = {
  readonly name: string;
  /** What it does when it fires. */
  readonly kind: "refresh" | "recover" | "run" | "probe" | "gc";
  /** Null where its times are named by an interval, or one by one. */
  readonly cron: string | null;
  /** Which times it names, for people: `0 2 * * *`, `every 5m`. */
  readonly times: string;
  readonly timezone: string | null;
  readonly selector: string;
  /** The next time at which it fires: those that are left out are passed over, and those of a pause. Null: there is none, such as in a pause without an end. */
  readonly nextAt: number | null;
  /** The nominal time of the last tick. */
  readonly lastAt: number | null;
  readonly lastRun: string | null;
  /** A time that waits until the run of an earlier one has ended. */
  readonly waitingAt: number | null;
  /** Times that are to be left out, since somebody asked. */
  readonly asked: readonly {
    /** Milliseconds since the epoch. */
    readonly nominal: number;
    readonly by: string;
    readonly why: string;
  }[];
  /** When a scheduler that fires it last said that it is there, as each does every few seconds; null: never. */
  readonly heardAt: number | null;
  /** The rule that schedulers go by, where it is another one than is configured here: until one starts with this configuration. Else null. */
  readonly leading: {
    readonly times: string;
    readonly timezone: string | null;
  } | null;
  readonly paused: {
    readonly by: string;
    readonly why: string;
    /** Milliseconds since the epoch. */
    readonly since: number;
    /** Null: until it is resumed. */
    readonly until: number | null;
  } | null;
  /** When, within a day, the jobs Redis was seen to have lost its data: a pause, or a time to leave out, that no scheduler knew is gone, and so is what has passed. Else null. */
  readonly lostAt: number | null;
};

export type ScheduleReport = {
  readonly name: string;
  /** What it does when it fires. */
  readonly kind: "refresh" | "recover" | "run" | "probe" | "gc";
  /** Null where its times are named by an interval, or one by one. */
  readonly cron: string | null;
  /** Which times it names, for people: `0 2 * * *`, `every 5m`. */
  readonly times: string;
  readonly timezone: string | null;
  readonly selector: string;
  /** The next time at which it fires: those that are left out are passed over, and those of a pause. Null: there is none, such as in a pause without an end. */
  readonly nextAt: number | null;
  /** The nominal time of the last tick. */
  readonly lastAt: number | null;
  readonly lastRun: string | null;
  /** A time that waits until the run of an earlier one has ended. */
  readonly waitingAt: number | null;
  /** Times that are to be left out, since somebody asked. */
  readonly asked: readonly {
    /** Milliseconds since the epoch. */
    readonly nominal: number;
    readonly by: string;
    readonly why: string;
  }[];
  /** When a scheduler that fires it last said that it is there, as each does every few seconds; null: never. */
  readonly heardAt: number | null;
  /** The rule that schedulers go by, where it is another one than is configured here: until one starts with this configuration. Else null. */
  readonly leading: {
    readonly times: string;
    readonly timezone: string | null;
  } | null;
  readonly paused: {
    readonly by: string;
    readonly why: string;
    /** Milliseconds since the epoch. */
    readonly since: number;
    /** Null: until it is resumed. */
    readonly until: number | null;
  } | null;
  /** When, within a day, the jobs Redis was seen to have lost its data: a pause, or a time to leave out, that no scheduler knew is gone, and so is what has passed. Else null. */
  readonly lostAt: number | null;
  /** How its last times ended, the newest first. */
  readonly ticks: readonly Tick[];
  /** What people did to it, the newest first. */
  readonly byHand: readonly Intervention[];
  /** The next three times at which it fires. */
  readonly next: readonly TimePreview[];
};

export type Intervention = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `restored`: the jobs Redis had lost what was asked of the schedule, and a scheduler gave it back. */
  readonly kind: "triggered" | "back-filled" | "paused" | "resumed" | "left-out" | "let-fire" | "restored";
  readonly by: string;
  readonly why: string;
  /** The time of the schedule that it concerns. */
  readonly nominal: number | null;
  /** Of a pause; null: until it is resumed. */
  readonly until: number | null;
  /** The run that it made. */
  readonly run: string | null;
};

export type TimePreview = {
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** What a clock in the schedule's zone shows, with its distance from UTC. */
  readonly local: string;
  /** What is special about it. */
  readonly notes: readonly ({
    /** `moved`: what the clocks leave out was to be then. `clocks`: they are set at this instant. `doubled`: they show this time twice. `repeated`: it fires again at such a time. `gap`: times before it fall into what the clocks leave out. `jitter`: it begins later. `deadline`: the clocks change its deadline. `paused`, `asked`: it will be skipped. */
    readonly kind: "moved" | "clocks" | "doubled" | "repeated" | "gap" | "jitter" | "deadline" | "paused" | "asked";
    /** For people, without the word for its kind. */
    readonly text: string;
  })[];
  /** The same in words: what a clock change does to this time, or to those before it, or why it will be skipped (a pause, a request), with who and why; else null. */
  readonly note: string | null;
};

export type Tick = {
  /** The time that the schedule named; of a range of skipped times, the last one. */
  readonly nominal: number;
  /** The first time of a range; the same as `nominal` otherwise. */
  readonly from: number;
  /** How many times it stands for; null: too many to count. */
  readonly count: number | null;
  /** A time that was back-filled ran. */
  readonly end: "ran" | "skipped";
  /** Why it was skipped; of a time that was back-filled, why it had been. */
  readonly reason: "missed" | "overlap" | "excepted" | "paused" | "asked" | "too-late" | null;
  /** More about that: who, why, or the run that had not ended. */
  readonly note: string;
  /** When it ended. */
  readonly at: number;
  /** How long it ran after it was to begin (at its time, or up to `jitter` later), in ms; of a back-fill, after its time; null for what was skipped. */
  readonly late: number | null;
  readonly run: string | null;
  /** Who made up for a time that had been skipped, and why; else null. */
  readonly backfill: {
    readonly by: string;
    readonly why: string;
  } | null;
};

export type Backfill = {
  readonly schedule: string;
  readonly dryRun: boolean;
  /** The rules by which the schedule went in that range, the oldest first: each named its own times. */
  readonly rules: readonly ({
    /** The last instant at which it held; null: it still does. */
    readonly until: number | null;
    /** Which times it names, for people. */
    readonly times: string;
    readonly timezone: string | null;
  })[];
  readonly times: readonly ({
    /** Milliseconds since the epoch. */
    readonly nominal: number;
    /** The run that it makes, or, of one that ran, made. */
    readonly run: string | null;
    /** `ran`: it has run already, at its time or by a back-fill. `excepted`: it lies in a window of `except`. */
    readonly state: "made" | "would-make" | "ran" | "excepted";
  })[];
};

export type ScheduleResults = {
  readonly name: string;
  /** The newest of its last runs, also of those made by hand, that has not ended. */
  readonly running: string | null;
  /** How its last times ended, the newest first. */
  readonly ticks: readonly TickResult[];
};

export type TickResult = {
  /** The time that the schedule named; of a range of skipped times, the last one. */
  readonly nominal: number;
  /** The first time of a range; the same as `nominal` otherwise. */
  readonly from: number;
  /** How many times it stands for; null: too many to count. */
  readonly count: number | null;
  /** A time that was back-filled ran. */
  readonly end: "ran" | "skipped";
  /** Why it was skipped; of a time that was back-filled, why it had been. */
  readonly reason: "missed" | "overlap" | "excepted" | "paused" | "asked" | "too-late" | null;
  /** More about that: who, why, or the run that had not ended. */
  readonly note: string;
  /** When it ended. */
  readonly at: number;
  /** How long it ran after it was to begin (at its time, or up to `jitter` later), in ms; of a back-fill, after its time; null for what was skipped. */
  readonly late: number | null;
  readonly run: string | null;
  /** Who made up for a time that had been skipped, and why; else null. */
  readonly backfill: {
    readonly by: string;
    readonly why: string;
  } | null;
  /** What came of its run; null: it made none, or that is gone. */
  readonly result: RunResult | null;
};

export type RunResult = {
  readonly state: "planning" | "running" | "verifying" | "ended";
  readonly endedReason: "finished" | "stopped" | "deadline" | "failed" | null;
  /** Keys in its manifest. */
  readonly total: number;
  /** Keys of which every attempt failed, or whose value a guard refused. */
  readonly failed: number;
  /** Keys that were left out, as keys in quarantine are; of a run of what is missing alone, 0. */
  readonly excluded: number;
  /** From its creation to its end, in ms; null: it has not ended. */
  readonly took: number | null;
};

export type ClockChange = {
  readonly timezone: string;
  /** When the clocks change: ISO 8601, in UTC. */
  readonly at: string;
  /** What they show then. */
  readonly local: string;
  /** By how much they are set forward; below 0: back. */
  readonly minutes: number;
  readonly schedules: readonly {
    readonly schedule: string;
    /** Which times it names, for people. */
    readonly times: string;
    /** Its first times to which the change does something, and what; none: it goes on as ever. */
    readonly affected: readonly TimePreview[];
  }[];
};

export type Process = {
  readonly id: string;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
  /** What its memory tier holds. */
  readonly memory: {
    readonly entries: number;
    readonly bytes: number;
  } | null;
  /** Since it started; null when they cannot be read. */
  readonly statistics: Statistics | null;
};

export type Statistics = {
  /** Keys read; each key asked of a tier counts once there. Tier `stack` is the read as its caller saw it, over all tiers. */
  readonly reads: readonly {
    readonly tier: string;
    readonly source: string;
    /** Keys that had a value within its ttl. */
    readonly hits: number;
    /** Keys whose value was past its ttl, and still servable. */
    readonly stale: number;
    /** Keys of which the origin said that they have no value. */
    readonly absent: number;
    /** Keys without anything servable. */
    readonly misses: number;
    /** Keys without an answer; of `stack`: that no tier had, while one did not answer. */
    readonly errors: number;
  }[];
  /** What applications got that read through the library, loads included. */
  readonly answers: readonly {
    readonly source: string;
    /** Values within their ttl. */
    readonly value: number;
    /** Values past their ttl. */
    readonly stale: number;
    /** The origin has no such value. */
    readonly absent: number;
    /** Nothing is stored, and nothing was loaded. */
    readonly missing: number;
    /** It could not be found out: a tier did not answer, or the origin did not give it. */
    readonly unavailable: number;
  }[];
  /** How long reads of applications took that memory did not serve. */
  readonly readTimes: readonly ({
    readonly source: string;
    readonly way: string;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** Calls of tiers, each for a batch of keys. Calls of tiers that failed. Keys that tiers were called for. Latencies of tier calls that did not fail. */
  readonly calls: readonly ({
    readonly tier: string;
    readonly verb: string;
    /** Calls of tiers, each for a batch of keys. */
    readonly calls: number;
    /** Calls of tiers that failed. */
    readonly failed: number;
    /** Keys that tiers were called for. */
    readonly keys: number;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** Calls of origins, each for one key or a batch. Keys that origins were called for. Latencies of origin calls whose result was `ok`. */
  readonly origins: readonly ({
    readonly origin: string;
    readonly source: string;
    /** Calls that returned values, "unchanged" or "absent". */
    readonly ok: number;
    /** Calls without a usable answer; a retry may get one. */
    readonly retryable: number;
    /** Calls that the origin refused because there were too many. */
    readonly throttled: number;
    /** Calls that failed in a way that no retry changes. */
    readonly permanent: number;
    /** Keys that origins were called for. */
    readonly keys: number;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** Bytes of the bodies that origins gave. What origins said of single keys. */
  readonly fetched: readonly {
    readonly source: string;
    /** Bytes of the bodies that origins gave. */
    readonly bytes: number;
    /** A body. */
    readonly body: number;
    /** What is stored is current. */
    readonly unchanged: number;
    /** There is no such value. */
    readonly absent: number;
  }[];
  /** Calls of origins by who used the budget for them. How long calls waited for their permit. */
  readonly budget: readonly ({
    readonly origin: string;
    readonly user: string;
    /** Calls of origins by who used the budget for them. */
    readonly calls: number;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** Times that calls of an origin were paused. */
  readonly pauses: readonly {
    readonly origin: string;
    /** Times that calls of an origin were paused. */
    readonly pauses: number;
  }[];
  /** Times that the limits of an origin were lowered. */
  readonly lowered: readonly {
    readonly origin: string;
    /** Times that the limits of an origin were lowered. */
    readonly cuts: number;
  }[];
  /** Keys whose new body or absence was refused, by the rule that it broke. */
  readonly refusals: readonly {
    readonly source: string;
    readonly rule: string;
    /** Keys whose new body or absence was refused, by the rule that it broke. */
    readonly keys: number;
  }[];
  /** Bytes of bodies before they were coded for a tier. Bytes of these bodies that the tier was given. */
  readonly coding: readonly ({
    readonly tier: string;
    readonly source: string;
    /** Bytes of bodies before they were coded for a tier. */
    readonly plain: number;
    /** Bytes of these bodies that the tier was given. */
    readonly stored: number;
    /** `plain` by `stored`: 4 is a quarter of the size. */
    readonly ratio: number | null;
  })[];
  /** Entries that a tier removed to make room. Evicted entries that were never read there. */
  readonly evictions: readonly {
    readonly tier: string;
    /** Entries that a tier removed to make room. */
    readonly keys: number;
    /** Evicted entries that were never read there. */
    readonly unread: number;
  }[];
  /** Entries of samples that a tier lost as others were copied to it. */
  readonly overflows: readonly {
    readonly tier: string;
    /** Entries of samples that a tier lost as others were copied to it. */
    readonly entries: number;
  }[];
  /** Entries that cannot be read back as written. */
  readonly corrupt: readonly {
    readonly tier: string;
    /** Entries that cannot be read back as written. */
    readonly entries: number;
  }[];
  /** Entries stored plain, as compressing them failed. */
  readonly uncompressed: readonly {
    readonly tier: string;
    /** Entries stored plain, as compressing them failed. */
    readonly entries: number;
  }[];
  /** Jobs that ended, by kind and by how they ended. How long a job was worked on, each try by itself. */
  readonly jobs: readonly ({
    readonly kind: string;
    readonly ending: string;
    /** Jobs that ended, by kind and by how they ended. */
    readonly jobs: number;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** How long jobs were ready before they were taken first. */
  readonly jobWaits: readonly ({
    readonly lane: string;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** Breakers that keep callers from a failing tier, of all processes. */
  readonly breakers: readonly {
    readonly tier: string;
    readonly of: string;
    /** Breakers that keep callers from a failing tier, of all processes. */
    readonly open: number;
  }[];
  /** Nominal time of the latest tick of a schedule. Times of schedules that ran. How long after its time, jitter included, the work of a tick was queued. */
  readonly ticks: readonly ({
    readonly schedule: string;
    /** Nominal time of the latest tick of a schedule. */
    readonly latest: number;
    /** Times of schedules that ran. */
    readonly ran: number;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** Times of schedules that were skipped, by why. Times that are too many to count are one. */
  readonly skippedTicks: readonly {
    readonly schedule: string;
    readonly reason: string;
    /** Times of schedules that were skipped, by why. Times that are too many to count are one. */
    readonly ticks: number;
  }[];
  /** Messages that a receiver of OTLP did not take, each of many spans or numbers. */
  readonly lostExports: readonly {
    readonly telemetry: string;
    /** Messages that a receiver of OTLP did not take, each of many spans or numbers. */
    readonly exports: number;
  }[];
  /** What went wrong while nothing waited for it; the log says what. */
  readonly problems: number;
  /** The version and the roles of a process; always 1. */
  readonly build: readonly {
    readonly version: string;
    readonly role: string;
    /** The version and the roles of a process; always 1. */
    readonly processes: number;
  }[];
  /** When the process started; of several the latest. Memory of the process. Processor time that the process has used since it started. */
  readonly process: readonly {
    readonly role: string;
    /** When the process started; of several the latest. */
    readonly started: number;
    /** All that the operating system counts for it. */
    readonly resident: number;
    /** Objects of JavaScript. */
    readonly heap: number;
    /** Buffers and other memory outside of that heap. */
    readonly external: number;
    /** Processor time that the process has used since it started. */
    readonly cpu: number;
  }[];
  /** By how much a timer that fires ten times a second was late: how long everything in the process waited for its turn. */
  readonly delays: readonly ({
    readonly role: string;
    /** Milliseconds; null when there was none. */
    readonly p50: number | null;
    /** Milliseconds; null when there was none. */
    readonly p95: number | null;
    /** Milliseconds; null when there was none. */
    readonly p99: number | null;
  })[];
  /** What the memory tier of a process holds. How many entries the memory tier of a process holds. */
  readonly memory: readonly {
    readonly tier: string;
    /** What the memory tier of a process holds. */
    readonly bytes: number;
    /** How many entries the memory tier of a process holds. */
    readonly entries: number;
  }[];
  /** What a tier holds that only the processes of a host share, such as the disk; of several hosts the most. How many entries such a tier holds. */
  readonly hostTiers: readonly {
    readonly tier: string;
    /** What a tier holds that only the processes of a host share, such as the disk; of several hosts the most. */
    readonly bytes: number;
    /** How many entries such a tier holds. */
    readonly entries: number;
  }[];
  /** Keys that are to be kept warm. Keys that are due and that no job has, or has put off. Keys whose last attempt failed or was refused. For how long the key has been due that is due longest, of those that no job has; and by a sample, whoever has them, for how long one key of twenty has been due at least. 0: none is. */
  readonly worklist: readonly {
    readonly source: string;
    /** Keys that are to be kept warm. */
    readonly keys: number;
    /** Keys that are due and that no job has, or has put off. */
    readonly due: number;
    /** Keys whose last attempt failed or was refused. */
    readonly failing: number;
    /** For how long the key has been due that is due longest, of those that no job has; and by a sample, whoever has them, for how long one key of twenty has been due at least. 0: none is. */
    readonly lag: number;
  }[];
  /** Of these, keys in quarantine; of thousands an estimate. */
  readonly quarantined: readonly {
    readonly source: string;
    /** Of these, keys in quarantine; of thousands an estimate. */
    readonly keys: number;
  }[];
  /** Keys whose values pass their ttl within that time unless they are refreshed, by when they are due; those that a job has, or has put off, by a sample. */
  readonly expiring: readonly {
    readonly source: string;
    readonly within: string;
    /** Keys whose values pass their ttl within that time unless they are refreshed, by when they are due; those that a job has, or has put off, by a sample. */
    readonly keys: number;
  }[];
  /** Calls that refresh the keys of an origin that expire within that time. */
  readonly runway: readonly {
    readonly origin: string;
    readonly within: string;
    /** Calls that refresh the keys of an origin that expire within that time. */
    readonly needed: number;
  }[];
  /** Calls for refreshes that the budget of an origin allows within that time, at the least: what holds now, less what is used, kept for reads that wait and called by others lately. None where nothing limits them. */
  readonly affordable: readonly {
    readonly origin: string;
    readonly within: string;
    /** Calls for refreshes that the budget of an origin allows within that time, at the least: what holds now, less what is used, kept for reads that wait and called by others lately. None where nothing limits them. */
    readonly calls: number;
  }[];
  /** Calls of an origin at the same time. For how long an origin is still paused; 0: it is not. Since when limits of an origin are lowered; 0: they are not. */
  readonly limits: readonly {
    readonly origin: string;
    /** As configured. */
    readonly permits: number;
    /** As allowed now: less while the limits are lowered. */
    readonly presentPermits: number;
    /** Under way. */
    readonly inUse: number;
    /** For how long an origin is still paused; 0: it is not. */
    readonly paused: number;
    /** Since when limits of an origin are lowered; 0: they are not. */
    readonly reduced: number;
  }[];
  /** Calls per second of an origin that has a rate. */
  readonly rates: readonly {
    readonly origin: string;
    /** As configured. */
    readonly rate: number;
    /** As allowed now: less while the limits are lowered. */
    readonly presentRate: number;
  }[];
  /** Calls that are left, as the origin last said. */
  readonly quotas: readonly {
    readonly origin: string;
    /** Calls that are left, as the origin last said. */
    readonly left: number;
  }[];
  /** Jobs in the queue. */
  readonly lanes: readonly {
    readonly lane: string;
    /** Ready to be worked on. */
    readonly waiting: number;
    /** Put back until a time. */
    readonly delayed: number;
    /** Being worked on. */
    readonly active: number;
    /** Failed for good. */
    readonly failed: number;
  }[];
  /** Since when the oldest job that is ready has been queued; 0: none is. */
  readonly oldest: readonly {
    readonly lane: string;
    /** Since when the oldest job that is ready has been queued; 0: none is. */
    readonly oldest: number;
  }[];
  /** What every attempt failed of, and nobody has looked after. */
  readonly deadLetters: readonly {
    readonly of: string;
    /** What every attempt failed of, and nobody has looked after. */
    readonly count: number;
  }[];
  /** Share of the keys of a source that are warm in a tier, by a random sample; `stack`: in any. */
  readonly coverage: readonly {
    readonly tier: string;
    readonly source: string;
    /** Share of the keys of a source that are warm in a tier, by a random sample; `stack`: in any. */
    readonly warm: number;
  }[];
  /** How many keys that sample has. Shares of the keys of the sample. Age of the values of the sample since the origin last confirmed them. */
  readonly stored: readonly {
    readonly source: string;
    /** How many keys that sample has. */
    readonly sampled: number;
    /** Fresh. */
    readonly fresh: number;
    /** Within their ttl, and due. */
    readonly due: number;
    /** Past their ttl, and servable. */
    readonly stale: number;
    /** Without anything servable. */
    readonly gone: number;
    /** Half of them are younger. */
    readonly age50: number;
    /** 95 % of them are younger. */
    readonly age95: number;
    /** The oldest. */
    readonly oldest: number;
  }[];
  /** What a tier holds that all processes share, by an estimate. A bucket is not asked: it takes money. How many entries such a tier holds. */
  readonly shared: readonly {
    readonly tier: string;
    /** What a tier holds that all processes share, by an estimate. A bucket is not asked: it takes money. */
    readonly bytes: number;
    /** How many entries such a tier holds. */
    readonly entries: number;
  }[];
  /** When a schedule fires next, unless it is paused until somebody resumes it. */
  readonly nextTicks: readonly {
    readonly schedule: string;
    /** When a schedule fires next, unless it is paused until somebody resumes it. */
    readonly next: number;
  }[];
  /** When the process that measures the gauges of the service last did so. */
  readonly measured: readonly {
    readonly role: string;
    /** When the process that measures the gauges of the service last did so. */
    readonly at: number;
  }[];
};

export type Stats = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly processes: readonly Process[];
  /** Of all live processes together, each since it started: counts are sums, percentiles those of all calls. */
  readonly statistics: Statistics;
  readonly tiers: readonly ({
    readonly tier: string;
    /** Of memory: in all processes, so that a key counts in each that holds it. */
    readonly entries: number;
    readonly bytes: number;
    readonly error: string | null;
  })[];
  readonly sources: readonly ({
    readonly source: string;
    readonly temperature: "hot" | "warm" | "cold";
    readonly keys: number;
    readonly due: number;
    readonly failing: number;
    /** Of all processes, since the catalog began. */
    readonly outcomes: Counts;
  })[];
  readonly origins: readonly ({
    readonly origin: string;
    readonly inFlight: number;
    readonly processes: number;
    readonly pausedUntil: number | null;
    readonly pauseReason: string | null;
    /** Who paused it, such as `worker 4711 on host-a`. */
    readonly pausedBy: string | null;
    /** As configured, such as `10/s, 1000/d`. */
    readonly rate: string | null;
    /** As configured. */
    readonly concurrency: number;
    /** What holds now: the strictest of all live processes, or less while it is lowered. */
    readonly limits: {
      /** Calls per second by the pace; null without a rate. */
      readonly perSecond: number | null;
      readonly concurrency: number;
    };
    /** Since when, and why, less than the configured limits holds; when they were lowered last. */
    readonly lowered: {
      /** Milliseconds since the epoch. */
      readonly since: number;
      /** Milliseconds since the epoch. */
      readonly cutAt: number;
      readonly reason: string;
    } | null;
    /** What the origin said is left, less what was permitted since. */
    readonly quota: {
      readonly left: number;
      /** Milliseconds since the epoch. */
      readonly resetAt: number;
    } | null;
    /** Calls by hour and by who used the budget, oldest first; of the last two days. */
    readonly used: readonly ({
      /** Milliseconds since the epoch. */
      readonly hour: number;
      readonly by: Readonly<Record<"live" | "hot" | "warm" | "cold" | "run", number>>;
    })[];
  })[];
  /** One for each origin, and `control`; also those of origins that are configured no more, as long as they hold anything. */
  readonly lanes: readonly {
    readonly lane: string;
    /** Whether its origin is: workers of this configuration take no jobs of another lane. */
    readonly configured: boolean;
    readonly waiting: number;
    readonly delayed: number;
    readonly active: number;
    readonly failed: number;
  }[];
};

export type Overview = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** In the order in which they are read. */
  readonly tiers: readonly string[];
  readonly sources: readonly ({
    readonly source: string;
    readonly temperature: "hot" | "warm" | "cold";
    readonly keys: number;
    readonly due: number;
    readonly failing: number;
  })[];
  /** Some groups of what `stats` has, of all live processes together, each since it started. */
  readonly statistics: {
    /** When the process that measures the gauges of the service last did so. */
    readonly measured: readonly {
      readonly role: string;
      /** When the process that measures the gauges of the service last did so. */
      readonly at: number;
    }[];
    /** Share of the keys of a source that are warm in a tier, by a random sample; `stack`: in any. */
    readonly coverage: readonly {
      readonly tier: string;
      readonly source: string;
      /** Share of the keys of a source that are warm in a tier, by a random sample; `stack`: in any. */
      readonly warm: number;
    }[];
    /** How many keys that sample has. Shares of the keys of the sample. Age of the values of the sample since the origin last confirmed them. */
    readonly stored: readonly {
      readonly source: string;
      /** How many keys that sample has. */
      readonly sampled: number;
      /** Fresh. */
      readonly fresh: number;
      /** Within their ttl, and due. */
      readonly due: number;
      /** Past their ttl, and servable. */
      readonly stale: number;
      /** Without anything servable. */
      readonly gone: number;
      /** Half of them are younger. */
      readonly age50: number;
      /** 95 % of them are younger. */
      readonly age95: number;
      /** The oldest. */
      readonly oldest: number;
    }[];
    /** Keys that are to be kept warm. Keys that are due and that no job has, or has put off. Keys whose last attempt failed or was refused. For how long the key has been due that is due longest, of those that no job has; and by a sample, whoever has them, for how long one key of twenty has been due at least. 0: none is. */
    readonly worklist: readonly {
      readonly source: string;
      /** Keys that are to be kept warm. */
      readonly keys: number;
      /** Keys that are due and that no job has, or has put off. */
      readonly due: number;
      /** Keys whose last attempt failed or was refused. */
      readonly failing: number;
      /** For how long the key has been due that is due longest, of those that no job has; and by a sample, whoever has them, for how long one key of twenty has been due at least. 0: none is. */
      readonly lag: number;
    }[];
    /** What applications got that read through the library, loads included. */
    readonly answers: readonly {
      readonly source: string;
      /** Values within their ttl. */
      readonly value: number;
      /** Values past their ttl. */
      readonly stale: number;
      /** The origin has no such value. */
      readonly absent: number;
      /** Nothing is stored, and nothing was loaded. */
      readonly missing: number;
      /** It could not be found out: a tier did not answer, or the origin did not give it. */
      readonly unavailable: number;
    }[];
    /** Calls that refresh the keys of an origin that expire within that time. */
    readonly runway: readonly {
      readonly origin: string;
      readonly within: string;
      /** Calls that refresh the keys of an origin that expire within that time. */
      readonly needed: number;
    }[];
    /** Calls for refreshes that the budget of an origin allows within that time, at the least: what holds now, less what is used, kept for reads that wait and called by others lately. None where nothing limits them. */
    readonly affordable: readonly {
      readonly origin: string;
      readonly within: string;
      /** Calls for refreshes that the budget of an origin allows within that time, at the least: what holds now, less what is used, kept for reads that wait and called by others lately. None where nothing limits them. */
      readonly calls: number;
    }[];
    /** Of these, keys in quarantine; of thousands an estimate. */
    readonly quarantined: readonly {
      readonly source: string;
      /** Of these, keys in quarantine; of thousands an estimate. */
      readonly keys: number;
    }[];
  };
};

export type Budget = {
  readonly origin: string;
  /** As configured, such as `10/s, 1000/d`; null: any. */
  readonly rate: string | null;
  /** Calls of an hour that the configured rates allow; null: any. */
  readonly allowedPerHour: number | null;
  /** What holds now, and what is configured, both without the room that the pace keeps beside a rate; null: any. */
  readonly limits: {
    readonly perSecond: number | null;
    readonly concurrency: number;
    readonly configured: {
      readonly perSecond: number | null;
      readonly concurrency: number;
    };
  };
  /** Since when, and why, less than the configured limits holds; when they were lowered last. */
  readonly lowered: {
    /** Milliseconds since the epoch. */
    readonly since: number;
    /** Milliseconds since the epoch. */
    readonly cutAt: number;
    readonly reason: string;
    /** They grow back with use; a call after this time finds the configured limits. */
    readonly until: number;
  } | null;
  /** Until when nobody calls it, why, and which process paused it. */
  readonly paused: {
    /** Milliseconds since the epoch. */
    readonly until: number;
    readonly reason: string;
    readonly by: string | null;
  } | null;
  readonly breaker: {
    /** `closed`: it answers. `open`: calls for different keys had no answer, and nobody calls it. `probing`: that time is over, and the next calls find out whether it answers. */
    readonly state: "closed" | "open" | "probing";
    /** When it opened; null while it is closed. */
    readonly since: number | null;
    /** How the last call failed before it opened. */
    readonly reason: string | null;
  };
  /** The sources that it is asked for. */
  readonly sources: readonly string[];
  /** What the origin said is left. */
  readonly quota: {
    readonly left: number;
    /** Milliseconds since the epoch. */
    readonly resetAt: number;
  } | null;
  /** The configured windows that calls are counted in, the shortest first. */
  readonly windows: readonly ({
    /** As configured, such as `300/d`. */
    readonly rate: string;
    readonly calls: number;
    /** Calls that count in it now. */
    readonly used: number;
    /** So many of its calls are kept for reads that wait. */
    readonly kept: number;
    /** When a call that is no such read may begin again; null: one may now. */
    readonly opensAt: number | null;
  })[];
  readonly inFlight: number;
  /** Calls that are wanted now and may not begin yet. */
  readonly waiting: Readonly<Record<"live" | "hot" | "warm" | "cold" | "run", number>>;
  /** Of all these hours together. */
  readonly total: {
    readonly calls: number;
    /** Calls by who used the budget: `live` are reads that waited, `hot`, `warm` and `cold` refreshes, `run` runs, probes and benchmarks. */
    readonly by: Readonly<Record<"live" | "hot" | "warm" | "cold" | "run", number>>;
    /** Calls that the origin answered with "slow down". */
    readonly throttled: number;
    /** Calls that failed: no response came, or one that says that the origin is in trouble. */
    readonly failed: number;
    /** Counted apart: `absent`, the origin has none of the values; `refused`, it answered with an error that has nothing to do with load; `unanswered`, those that failed and no response came to. What is neither throttled nor failed, `absent` nor `refused`, had values. */
    readonly apart: Readonly<Record<"absent" | "refused" | "unanswered", number>>;
    /** The part of the calls that each had, from 0 to 1; all are 0 without calls. */
    readonly share: Readonly<Record<"live" | "hot" | "warm" | "cold" | "run", number>>;
  };
  /** Hours in which it was called, the oldest first; the last one may not have ended. */
  readonly hours: readonly ({
    /** When it began. */
    readonly hour: number;
    readonly calls: number;
    /** Calls by who used the budget: `live` are reads that waited, `hot`, `warm` and `cold` refreshes, `run` runs, probes and benchmarks. */
    readonly by: Readonly<Record<"live" | "hot" | "warm" | "cold" | "run", number>>;
    /** Calls that the origin answered with "slow down". */
    readonly throttled: number;
    /** Calls that failed: no response came, or one that says that the origin is in trouble. */
    readonly failed: number;
    /** Counted apart: `absent`, the origin has none of the values; `refused`, it answered with an error that has nothing to do with load; `unanswered`, those that failed and no response came to. What is neither throttled nor failed, `absent` nor `refused`, had values. */
    readonly apart: Readonly<Record<"absent" | "refused" | "unanswered", number>>;
    /** The part of what is allowed; null where any is. */
    readonly used: number | null;
  })[];
};

export type BudgetReport = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When the first hour that is looked at began. */
  readonly since: number;
  readonly origins: readonly Budget[];
};

export type LiveProcess = {
  readonly id: string;
  /** For people, such as `worker 4711 on host-a`. */
  readonly name: string;
  /** `reader` of an application. */
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  /** Of the program; null of a version that does not tell. */
  readonly version: string | null;
  /** A digest of what processes must agree on: two that differ warm by different configurations. */
  readonly configuration: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When it reported this. After 15 seconds of silence it is not listed any more. */
  readonly seenAt: number;
  /** `draining`: it stops. `stuck`: something in it does not go on, though it could. `late`: it missed two reports. `untold`: readers and older versions do not say. */
  readonly health: "working" | "starting" | "draining" | "stuck" | "late" | "untold";
  /** Why it is stuck. */
  readonly reasons: readonly string[];
  /** Those whose jobs it takes; none of a process that is no worker. */
  readonly lanes: readonly {
    readonly lane: string;
    /** Jobs that it has under way. */
    readonly active: number;
  }[];
  /** What its memory tier holds. */
  readonly memory: {
    readonly entries: number;
    readonly bytes: number;
  } | null;
  /** By how many ms the clock of its host is behind that of the jobs Redis; null: not known. */
  readonly clockBehind: number | null;
  /** Null of one without a log of its own. */
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent" | null;
};

export type ProcessList = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly processes: readonly LiveProcess[];
};

export type Lane = {
  readonly lane: string;
  /** Whose calls its jobs make; null of `control`, and of an origin that is not configured. */
  readonly origin: string | null;
  /** False of a lane whose origin is configured here no more, and that still holds jobs. */
  readonly configured: boolean;
  /** Jobs that are ready. */
  readonly waiting: number;
  /** Jobs that were put back until a time. */
  readonly delayed: number;
  /** Jobs under way. */
  readonly active: number;
  /** Jobs that failed for good. */
  readonly failed: number;
  /** Since when the oldest of the jobs that are ready is; null when none is. It tells of jobs that nobody takes, which `waited` does not. */
  readonly oldest: number | null;
  /** How long jobs were ready before they were taken first, in all live processes since each started. */
  readonly waited: {
    readonly jobs: number;
    /** Milliseconds; null when no job was taken yet. */
    readonly p50: number | null;
    /** Milliseconds; null when no job was taken yet. */
    readonly p95: number | null;
    /** Milliseconds; null when no job was taken yet. */
    readonly p99: number | null;
  };
  /** The processes that take its jobs, as they told. An older version does not tell. */
  readonly workers: readonly {
    readonly id: string;
    readonly name: string;
    readonly active: number;
  }[];
  /** What holds its jobs up: nobody who takes them, a pause and why, a quota, a budget in use. */
  readonly waitsFor: readonly RunWait[];
};

export type LaneList = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly lanes: readonly Lane[];
};

export type History = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When the first step begins. */
  readonly from: number;
  /** How long each step is, in ms; longer than asked for where only hours are kept. */
  readonly step: number;
  readonly steps: number;
  /** Steps that end later than this may still change: the minute that runs is not over. */
  readonly incompleteFrom: number;
  readonly rows: readonly HistoryRow[];
  /** Rows that were left out, since there are too many: narrow them by a label. */
  readonly left: number;
};

export type HistoryRow = {
  readonly series: "keys-ended" | "tick-delay" | "dead-letters" | "calls" | "calls-throttled" | "calls-failed" | "calls-unanswered" | "calls-refused" | "calls-absent" | "calls-at-once" | "latency-p50" | "latency-p95" | "latency-p99" | "permits" | "permits-used" | "rate" | "paused" | "quota-left" | "runway-needed" | "runway-affordable" | "jobs-waiting" | "jobs-delayed" | "jobs-active" | "oldest-job" | "wait-p50" | "wait-p95" | "wait-p99" | "coverage" | "refresh-lag" | "fresh" | "due" | "stale" | "gone" | "keys" | "keys-due" | "keys-failing";
  readonly labels: Partial<Readonly<Record<"source" | "tier" | "origin" | "lane" | "user" | "within" | "outcome" | "of", string>>>;
  /** `gauge`: the mean of its step. `count`: what happened in its step, as far as minutes are known. `peak`: the highest percentile of its minutes, since percentiles cannot be added up. */
  readonly kind: "gauge" | "count" | "peak";
  readonly unit: "ratio" | "keys" | "ms" | "calls" | "callsPerSecond" | "jobs" | "entries";
  /** One for each step; null: not known, which is not 0. */
  readonly values: readonly (number | null)[];
  /** The lowest minute of each step. */
  readonly lowest: readonly (number | null)[];
  /** The highest minute of each step. */
  readonly highest: readonly (number | null)[];
};

export type DeadLetter = {
  readonly id: string;
  readonly kind: "key" | "job";
  /** The key, or the kind of the job. */
  readonly subject: string;
  readonly source: string | null;
  /** Where it is done again; null of a key whose source is not configured. */
  readonly lane: string | null;
  /** Where it failed last; null of what no run warms. */
  readonly run: string | null;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly attempts: number;
};

export type QuarantinedKey = {
  readonly key: string;
  readonly source: string;
  readonly origin: string;
  /** Why its last attempt failed. */
  readonly reason: string;
  /** Attempts in a row that failed. */
  readonly failures: number;
  /** When the last one failed. */
  readonly at: number;
  /** When it is tried again. */
  readonly retryAt: number;
};

export type DoctorFinding = {
  /** Which check found it: an id that never changes its meaning. */
  readonly check: string;
  /** `ok`; `note`: worth knowing; `warning`: it costs something, or soon will; `problem`: something does not work, or may be lost. */
  readonly level: "ok" | "note" | "warning" | "problem";
  /** The part of the configuration, or the process, that it is about. */
  readonly where: string;
  /** What was found. */
  readonly finding: string;
  /** What to do about it; null of what is well. */
  readonly remedy: string | null;
  /** Where the documentation says more. */
  readonly docs: string;
};

export type DoctorReport = {
  /** The worst of all findings. */
  readonly level: "ok" | "note" | "warning" | "problem";
  /** The worst first. */
  readonly findings: readonly DoctorFinding[];
  /** Checks that could not tell, and why, such as those of a server that is away. */
  readonly unexamined: readonly {
    readonly check: string;
    readonly reason: string;
  }[];
};

export type LogLevels = {
  readonly processes: readonly ({
    readonly id: string;
    readonly host: string;
    readonly pid: number;
    readonly roles: readonly string[];
    readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
    readonly configured: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
    /** When the configured level counts again; null: it does. */
    readonly until: number | null;
  })[];
  /** What is asked for and not over. Processes follow within four seconds. */
  readonly asked: readonly ({
    /** `all`, or the id of one. */
    readonly process: string;
    /** Null: what is configured. */
    readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent" | null;
    readonly by: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
    /** Milliseconds since the epoch. */
    readonly until: number;
  })[];
};

export type Change = {
  readonly kind: "run";
  /** The id of the run. */
  readonly name: string;
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  readonly state: "planning" | "running" | "verifying" | "ended";
  readonly endedReason: "finished" | "stopped" | "deadline" | "failed" | null;
  readonly cause: "api" | "cli" | "library" | "schedule" | "start";
  readonly schedule: string | null;
  readonly total: number;
  readonly pending: number;
  readonly counts: Counts;
  /** Grows with every change of the run. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
} | {
  readonly kind: "tick";
  /** The schedule. */
  readonly name: string;
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  /** The time that it named. */
  readonly nominal: number;
  /** The run that it made. */
  readonly run: string | null;
  /** Why it was skipped; null: it fired. */
  readonly skipped: {
    readonly reason: "missed" | "overlap" | "excepted" | "paused" | "asked" | "too-late";
    /** More about that: who, why, or the run that had not ended. */
    readonly note: string;
    /** The first time of a range; the same as `nominal` otherwise. */
    readonly from: number;
    /** How many times it stands for; null: too many to count. */
    readonly count: number | null;
    /** When it was skipped. */
    readonly at: number;
  } | null;
} | {
  readonly kind: "schedule";
  readonly name: string;
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  /** Null: it fires. `until` null: it is paused until it is resumed. */
  readonly paused: {
    /** Milliseconds since the epoch. */
    readonly since: number;
    readonly until: number | null;
    readonly by: string;
    readonly why: string;
  } | null;
  /** Coming times that it is to leave out. */
  readonly leftOut: readonly number[];
} | {
  readonly kind: "origin";
  readonly name: string;
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  /** Until when nobody calls it, and why. */
  readonly paused: {
    /** Milliseconds since the epoch. */
    readonly until: number;
    readonly reason: string;
  } | null;
  /** Since when, and why, less than the configured limits holds. */
  readonly lowered: {
    /** Milliseconds since the epoch. */
    readonly since: number;
    readonly reason: string;
  } | null;
  /** Whether it answers, and is called. */
  readonly breaker: "closed" | "open" | "probing";
  /** The limit that holds. */
  readonly concurrency: number;
  /** The limit that holds; null: any. */
  readonly perSecond: number | null;
} | {
  readonly kind: "quarantine";
  /** The source. */
  readonly name: string;
  /** It has none any more. */
  readonly gone: boolean;
  /** Its keys that are set aside, as last measured. */
  readonly keys: number;
} | {
  readonly kind: "dead-letters";
  readonly name: "";
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  /** Keys that failed for good. */
  readonly keys: number;
  /** When the last one of them did. */
  readonly latest: number | null;
} | {
  readonly kind: "measured";
  readonly name: "";
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  /** When the gauges of the whole service were measured. */
  readonly measuredAt: number;
} | {
  readonly kind: "audit";
  /** The id of the record. */
  readonly name: string;
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  readonly who: string;
  readonly verb: string;
  readonly outcome: "done" | "failed";
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
} | {
  readonly kind: "process";
  /** Its id. */
  readonly name: string;
  /** It is not there any more: what else is said of it was so before. */
  readonly gone: boolean;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  readonly version: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
};

export type AuditRecord = {
  readonly id: string;
  /** When it ended, by the clock of the jobs Redis, in milliseconds since the epoch. */
  readonly at: number;
  /** The name of a token, `loopback` without tokens, or user@host of a command or a program. */
  readonly who: string;
  /** How it was asked for. */
  readonly way: "api" | "cli" | "library" | "inbox";
  readonly verb: string;
  /** What it was asked for, such as a selector; cut, and without secrets. */
  readonly about: string;
  /** What was said of it, for people. */
  readonly note: string;
  /** `failed`: it may have been done in part. */
  readonly outcome: "done" | "failed";
  /** What came of it, or why it failed. */
  readonly result: string;
  /** How long it took. */
  readonly ms: number;
};

export type GcReport = {
  /** Entries removed from tiers. */
  readonly removed: number;
  /** Bytes given back. */
  readonly bytes: number;
  /** Entries written anew with the key that is in use, or without one. */
  readonly recoded: number;
  /** Catalogued keys that nothing asks for any more. */
  readonly orphans: number;
  /** Runs trimmed from the history. */
  readonly runs: number;
  /** Sources of which more is in no entity set than may vanish within an hour; these keys are kept. */
  readonly doubts: readonly {
    readonly source: string;
    /** Keys that no entity set has. */
    readonly missing: number;
    /** Keys of the source that are kept warm, those included. */
    readonly keys: number;
    /** Keys that were forgotten before, within the hour. */
    readonly lately: number;
    /** When a collection that finds the same forgets them, in ms since the epoch. */
    readonly until: number;
  }[];
  /** What could not be done, and why, such as `tier redis: …`. The rest was done. */
  readonly failures: readonly string[];
};

export type ImportReport = {
  readonly dryRun: boolean;
  /** Lines read, empty ones left out. */
  readonly lines: number;
  /** Entries that the tiers hold now, or would hold. */
  readonly written: number;
  /** Entries that lost to something newer: a later fetch, or an invalidation. */
  readonly superseded: number;
  /** Entries that do not belong here: see `samples`. */
  readonly refused: number;
  /** Entries that are past everything by now. */
  readonly gone: number;
  /** Tiers that failed, while others took what was written. Workers bring it to them once they answer. */
  readonly missed: readonly {
    readonly tier: string;
    /** Entries of batches that it did not take. */
    readonly entries: number;
    /** Why it did not take the latest of them. */
    readonly reason: string;
  }[];
  /** Some of the refused ones. */
  readonly samples: readonly {
    /** The first line is 1. */
    readonly line: number;
    readonly key: string;
    readonly reason: string;
  }[];
};

export type PurgeReport = {
  readonly selector: string;
  readonly expired: boolean;
  readonly forget: boolean;
  readonly dryRun: boolean;
  /** Stored keys that were, or would be, removed. */
  readonly keys: number;
  readonly bySource: Readonly<Record<string, number>>;
  /** What each tier held of them. */
  readonly tiers: readonly ({
    readonly tier: string;
    readonly keys: number;
    /** Of the bodies, as the tier stores them. */
    readonly bytes: number;
    /** Why the tier did not answer. */
    readonly error: string | null;
  })[];
  /** Keys that left, or would leave, the catalog. */
  readonly forgotten: number;
  /** Some of the keys. */
  readonly samples: readonly string[];
};

export type ValidationReport = {
  readonly selector: string;
  readonly repair: boolean;
  /** Every tier answered, and nothing is wrong that was not repaired. */
  readonly sound: boolean;
  /** Stored keys looked at. */
  readonly entries: number;
  /** Bodies read, in all tiers. */
  readonly bodies: number;
  /** Of these bodies. */
  readonly bytes: number;
  /** Catalogued keys looked at. */
  readonly catalogued: number;
  readonly findings: readonly ({
    readonly kind: "damaged" | "head" | "disagreement" | "orphan-entry" | "orphan-key" | "unstored" | "uncatalogued" | "lacking";
    readonly found: number;
    readonly repaired: number;
    /** Something of this kind is wrong, and was not repaired. */
    readonly wrong: boolean;
    readonly samples: readonly ({
      readonly key: string;
      /** Null where it is not about one tier. */
      readonly tier: string | null;
      readonly reason: string;
    })[];
  })[];
  /** Tiers that did not answer. */
  readonly tiers: readonly {
    readonly tier: string;
    readonly error: string;
  }[];
};

export type Problem = {
  /** Where the code is explained, relative to this server. */
  readonly type: string;
  /** What the code means. */
  readonly title: string;
  readonly status: number;
  /** What happened this time. */
  readonly detail: string;
  /** Stable; never reused for another meaning. */
  readonly code: string;
  /** The path that was asked for. */
  readonly instance: string;
  /** Each place of the request that has to change. */
  readonly errors?: readonly {
    readonly place: string;
    readonly message: string;
  }[] | undefined;
  /** Of the read of a value: why there is none. */
  readonly reason?: "absent" | "missing" | "unavailable" | undefined;
  /** Of `unavailable`: the tiers that did not answer. */
  readonly tiers?: readonly {
    readonly tier: string;
    /** Why it did not answer. */
    readonly reason: string;
  }[] | undefined;
  /** Of a probe: each check, those that are well as well. */
  readonly checks?: readonly ({
    readonly name: string;
    /** What is wrong with it; null while it is well. */
    readonly reason: string | null;
  })[] | undefined;
};

/** One method for each operation of the document, under its `operationId`. */
export interface ApiOperations {
  /** Warm what a selector selects, or keys that are named. In place of a selector: `source` and `rows`, or `keys`. A long list is sent as `application/x-ndjson`: an object a line with `source` in the query, or a key a line as a JSON text; the other options are in the query, too. One wrong row and no run is made. `POST /v1/runs`, scope: warm. */
  createRun(request: {
    readonly body: WarmInput;
  } | {
    /** The source of `rows`, or of `keys`. */
    readonly source?: string | undefined;
    /** Where rows or keys come from, for people: a file, a table. */
    readonly from?: string | undefined;
    /** Names the run; the same id again returns the same run. */
    readonly id?: string | undefined;
    /** Why, for people: it is kept on record. */
    readonly why?: string | undefined;
    /** Default: `"false"`. */
    readonly force?: boolean | undefined;
    /** Default: `"false"`. */
    readonly missing?: boolean | undefined;
    /** Absent: all. */
    readonly limit?: number | undefined;
    /** In milliseconds; absent: no end. */
    readonly deadline?: number | undefined;
    /** In milliseconds. */
    readonly keep?: number | undefined;
    readonly lines: Lines;
  }, options?: CallOptions): Promise<Run>;
  /** The runs, newest first. A filter is applied to all runs that are known. Each request looks through some thousands of them at the most: a page may have few runs, or none, and a `cursor`, by which the next request goes on; `lookedBackTo` says how far back this one came. `GET /v1/runs`, scope: read. */
  listRuns(request?: {
    /** Default: `50`. */
    readonly limit?: number | undefined;
    /** From the page before. */
    readonly cursor?: string | undefined;
    /** Only runs in this state; `active`: that have not ended. */
    readonly state?: "planning" | "running" | "verifying" | "ended" | "active" | undefined;
    /** Only runs that ended so. */
    readonly reason?: "finished" | "stopped" | "deadline" | "failed" | undefined;
    /** Only runs with keys that failed or were refused, that failed as a whole, or all of whose keys were left out, as keys in quarantine are. Default: `"false"`. */
    readonly failures?: boolean | undefined;
    /** Only runs that came from there. */
    readonly cause?: "api" | "cli" | "library" | "schedule" | "start" | undefined;
    /** Only runs of this schedule. */
    readonly schedule?: string | undefined;
    /** Only runs that may have keys of this source, by their selector or the keys that were named. */
    readonly source?: string | undefined;
    /** Only runs with this text in id, schedule or selector, upper or lower case. */
    readonly text?: string | undefined;
    /** Only runs that were created then or later; ISO 8601, UTC unless it says otherwise. */
    readonly since?: string | undefined;
    /** Only runs that were created then or before; a day until it is over; ISO 8601, UTC unless it says otherwise. */
    readonly until?: string | undefined;
  }, options?: CallOptions): Promise<{
    readonly runs: readonly Run[];
    /** Where the next page begins, also where no run of this one fits the filter; null: this is the last. */
    readonly cursor: string | null;
    /** Of what the filter selects, runs that were created since then were looked through; null: all of them. */
    readonly lookedBackTo: number | null;
  }>;
  /** A run. `GET /v1/runs/{id}`, scope: read. */
  readRun(request: {
    /** The id of a run. */
    readonly id: string;
  }, options?: CallOptions): Promise<Run>;
  /** Follow a run as server-sent events. An event `run` at each change, its id the revision and its data the run; `end` when the run has ended, and `problem` when it cannot be followed any more. A comment every 15 seconds keeps the connection open. `GET /v1/runs/{id}/events`, scope: read. */
  watchRun(request: {
    /** The id of a run. */
    readonly id: string;
  }, options?: CallOptions): AsyncIterable<ApiEvent<"run", Run> | ApiEvent<"end", {
    readonly reason: "finished" | "stopped" | "deadline" | "failed" | null;
  }>>;
  /** Stop a run. Keys without an outcome end as `cancelled`, and its `endedNote` says who stopped it and why. A run that has ended cannot be stopped: `E_CONFLICT`. `POST /v1/runs/{id}/stop`, scope: warm. */
  stopRun(request: {
    /** The id of a run. */
    readonly id: string;
    readonly body?: {
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    } | null | undefined;
  }, options?: CallOptions): Promise<Run>;
  /** The keys of a run that failed, were refused or are in quarantine, each with the reason. In the order of its manifest. Of a run that goes on: those so far (`progress`). `GET /v1/runs/{id}/failures`, scope: read. */
  listFailures(request: {
    /** Default: `100`. */
    readonly limit?: number | undefined;
    /** From the page before. */
    readonly cursor?: string | undefined;
    /** The id of a run. */
    readonly id: string;
  }, options?: CallOptions): Promise<RunFailures>;
  /** How a run went: against what was planned, and against the run before it. `GET /v1/runs/{id}/report`, scope: read. */
  reportRun(request: {
    /** Keys to name of each kind. Default: `5`. */
    readonly samples?: number | undefined;
    /** The id of a run. */
    readonly id: string;
  }, options?: CallOptions): Promise<RunReport>;
  /** What is new in a run: keys that fail and did not, recovered, came, left, became slow. Where there is no run before it: `E_NOT_FOUND`. `GET /v1/runs/{id}/diff`, scope: read. */
  diffRuns(request: {
    /** Keys to name of each kind. Default: `5`. */
    readonly samples?: number | undefined;
    /** The run to compare it with; absent: the one before it of the same schedule or selector. */
    readonly to?: string | undefined;
    /** The id of a run. */
    readonly id: string;
  }, options?: CallOptions): Promise<RunDiff>;
  /** The keys that a selector selects, and how fresh each is. `GET /v1/entries`, scope: read. */
  listEntries(request?: {
    /** Default: `100`. */
    readonly limit?: number | undefined;
    /** From the page before. */
    readonly cursor?: string | undefined;
    /** Which keys, such as `source=profile entities=markets`. Empty: all of them. Default: `""`. */
    readonly selector?: string | undefined;
    /** Only keys that are so: `warm` is fresh or due, and `missing` is nothing servable. */
    readonly state?: "warm" | "fresh" | "due" | "stale" | "missing" | undefined;
    /** `state` is that in this tier: a tier that has nothing, or something older, lacks the key. */
    readonly tier?: string | undefined;
    /** Only keys whose body is so large, or larger. */
    readonly minBytes?: number | undefined;
  }, options?: CallOptions): Promise<{
    readonly entries: readonly Entry[];
    readonly cursor: string | null;
    /** Keys that were gone through for this page. Where few fit, a page ends after 10,000 of them, short or empty, with a cursor. */
    readonly looked: number;
    /** Why this is only what the tiers hold, without a next page: the jobs Redis does not answer. */
    readonly note: string | null;
  }>;
  /** How many keys a selector selects, as far as they can be counted in time. `GET /v1/counts`, scope: read. */
  countKeys(request?: {
    /** Which keys, such as `source=profile entities=markets`. Empty: all of them. Default: `""`. */
    readonly selector?: string | undefined;
    /** For how long it may count, in ms. Default: `1000`. */
    readonly within?: number | undefined;
  }, options?: CallOptions): Promise<KeyCount>;
  /** Where a key is, tier by tier, and when it is due. The key stands in the path percent-encoded, as `encodeURIComponent` does it: a `%` of the key is sent as `%25`, and a `/` as `%2F` or as it is. `GET /v1/inspections/{key}`, scope: read. */
  inspectKey(request: {
    /** A key, percent-encoded. */
    readonly key: string;
  }, options?: CallOptions): Promise<Inspection>;
  /** Why a key is warm or cold, what holds it back now, and what would make it warm. The key stands in the path percent-encoded, as `encodeURIComponent` does it: a `%` of the key is sent as `%25`, and a `/` as `%2F` or as it is. `GET /v1/explanations/{key}`, scope: read. */
  explainKey(request: {
    /** A key, percent-encoded. */
    readonly key: string;
  }, options?: CallOptions): Promise<Explanation>;
  /** A value. The bytes of the value, or with `Accept: application/vnd.forewarm.entry+json` a document with its head. The key stands in the path percent-encoded, as `encodeURIComponent` does it: a `%` of the key is sent as `%25`, and a `/` as `%2F` or as it is. The answer may be cached as its `Cache-Control` and `Age` say, and asked for again with `If-None-Match`. `X-Forewarm-State` is `value`, `absent`, `missing` or `unavailable`. `GET /v1/entries/{key}`, scope: read. */
  readEntry(request: {
    /** A key, percent-encoded. */
    readonly key: string;
  }, options?: CallOptions): Promise<{
    readonly head: {
      readonly key: string;
      readonly source: string;
      readonly kind: "value" | "absent" | "dropped";
      readonly stamp: number;
      /** Milliseconds since the epoch. */
      readonly fetchedAt: number;
      /** Milliseconds since the epoch. */
      readonly checkedAt: number;
      /** Milliseconds since the epoch. */
      readonly dueAt: number;
      /** Milliseconds since the epoch. */
      readonly staleAt: number;
      /** Milliseconds since the epoch. */
      readonly goneAt: number;
      readonly contentType: string | null;
      readonly etag: string | null;
      readonly lastModified: string | null;
      readonly version: string | null;
      /** What the origin gave beside the value and cannot be used, such as an ETag with a line break. */
      readonly unusable: string | null;
      readonly tags: readonly string[];
      readonly bodyBytes: number;
    };
    /** How `body` stands here: as JSON, as a string of text, as base64; `none` is an empty body. */
    readonly encoding: "json" | "text" | "base64" | "none";
    /** The value. */
    readonly body: unknown;
  }>;
  /** Many values at once. One answer for each key, in order. A key that is of no source is an error of the request, and so are values that are larger together than `api.answerLimit`. `POST /v1/reads`, scope: read. */
  readEntries(request: {
    readonly body: {
      /** Keys, not percent-encoded. One that stands here twice is answered once. */
      readonly keys: readonly string[];
      /** Of keys whose value the client has: its `etag`. Their bodies are left out while they are current. Default: `{}`. */
      readonly known?: Readonly<Record<string, string>> | undefined;
    };
  }, options?: CallOptions): Promise<{
    readonly entries: readonly ({
      readonly key: string;
      /** `unchanged`: the client has it (`known`). `absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may have it did not answer. */
      readonly state: "value" | "unchanged" | "absent" | "missing" | "unavailable";
      /** Of `unavailable`: the tiers that did not answer, and why. */
      readonly tiers?: readonly {
        readonly tier: string;
        /** Why it did not answer. */
        readonly reason: string;
      }[] | undefined;
      readonly etag?: string | undefined;
      /** Seconds since the origin confirmed it. */
      readonly age?: number | undefined;
      /** It is fresh while `age` is below this. */
      readonly maxAge?: number | undefined;
      /** The tier that answered. */
      readonly tier?: string | undefined;
      readonly head?: Head | undefined;
      /** How `body` stands here: as JSON, as a string of text, as base64; `none` is an empty body. */
      readonly encoding?: "json" | "text" | "base64" | "none" | undefined;
      /** The value. */
      readonly body?: unknown | undefined;
    })[];
  }>;
  /** How much of a selection is warm, per tier, and whether that is as much as is demanded. What is demanded by `min` and `fresh` is judged in `verdict`; the status is 200 whether it is met or not. `GET /v1/coverage`, scope: read. */
  checkCoverage(request?: {
    /** Which keys, such as `source=profile entities=markets`. Empty: all of them. Default: `""`. */
    readonly selector?: string | undefined;
    /** Keys to name: those that are missing, per tier, and those that are warm nowhere. Default: `10`. */
    readonly samples?: number | undefined;
    /** The share that is to be warm (fresh or due). Such as `99%` or `0.99`. */
    readonly min?: string | undefined;
    /** The share that is to be fresh: not yet due. Such as `99%` or `0.99`. */
    readonly fresh?: string | undefined;
    /** The tier that counts; `any`: a key counts that is so in at least one tier. Default: each tier but memory, by itself. */
    readonly tier?: string | undefined;
    /** Whether each source is to reach it by itself, or all of them together. Default: `"source"`. */
    readonly per?: "source" | "total" | undefined;
  }, options?: CallOptions): Promise<Coverage>;
  /** Which keys are refreshed and not read, and what that costs in calls. `GET /v1/worth`, scope: read. */
  readWorth(request?: {
    /** Which keys, such as `source=profile entities=markets`. Empty: all of them. Default: `""`. */
    readonly selector?: string | undefined;
    /** Unread keys to name, of each source. Default: `5`. */
    readonly samples?: number | undefined;
  }, options?: CallOptions): Promise<Worth>;
  /** What a warm would do, and what it would take, before it does anything. The body is that of a run, or names a schedule; `by` says when it is to be done. What calls take is what calls took: of a source that was never called there is no likely time, and the shortest one is by its budget alone. `POST /v1/plans`, scope: read. */
  plan(request: {
    readonly body: {
      /** Which keys, such as `source=profile entities=markets`. The empty selector is everything configured. Default: `""`. */
      readonly selector?: string | undefined;
      /** The source of `rows`, or of `keys`. */
      readonly source?: string | undefined;
      /** Params of values to warm, one object each, in place of a selector; in no entity set they need be. */
      readonly rows?: readonly Readonly<Record<string, unknown>>[] | undefined;
      /** Keys to warm, in place of a selector. */
      readonly keys?: readonly string[] | undefined;
      /** Where rows or keys come from, for people: a file, a table. */
      readonly from?: string | undefined;
      /** How long keys that are named are kept warm from now on, in milliseconds; then they go by themselves. Absent: three times the ttl of their source. */
      readonly keep?: number | undefined;
      /** Names the run; the same id again returns the same run. */
      readonly id?: string | undefined;
      /** Fetch also what is still fresh. Default: `false`. */
      readonly force?: boolean | undefined;
      /** Leave alone what has a servable value, stale or not. Default: `false`. */
      readonly missing?: boolean | undefined;
      /** Warm at most this many keys; absent: all. */
      readonly limit?: number | undefined;
      /** Believe origins that have values no more, however many vanish at once. */
      readonly acceptAbsent?: boolean | undefined;
      /** No key is begun after this many milliseconds; absent: no end. */
      readonly deadline?: number | undefined;
      /** The next tick of this schedule, in place of a selector: what it warms, and how. */
      readonly schedule?: string | undefined;
      /** When it is to be done: a time of day (`06:00`), a time (`2027-01-04T06:00`), or so long after it begins (`4h`). Absent: the deadline of the schedule, or none. */
      readonly by?: string | undefined;
      /** Of `by`, where that names none; absent: that of the schedule, or UTC. */
      readonly timezone?: string | undefined;
    };
  }, options?: CallOptions): Promise<Plan>;
  /** Make values stale, or drop them. `rewarm` creates a run, and so needs the scope `warm` too. `POST /v1/invalidations`, scope: invalidate. */
  invalidate(request: {
    readonly body: InvalidateInput;
  }, options?: CallOptions): Promise<Invalidation>;
  /** Drop every value, or make all of them stale. It costs the same however many there are. `rewarm` creates a run, and so needs the scope `warm` too. `POST /v1/clear`, scope: admin. */
  clear(request: {
    readonly body: ClearInput;
  }, options?: CallOptions): Promise<Invalidation>;
  /** The schedules, and when each fires next. `GET /v1/schedules`, scope: read. */
  listSchedules(request?: NoRequest, options?: CallOptions): Promise<{
    readonly schedules: readonly Schedule[];
  }>;
  /** Make a schedule fire now. `POST /v1/schedules/{name}/trigger`, scope: warm. */
  triggerSchedule(request: {
    /** The name of a schedule. */
    readonly name: string;
    readonly body?: {
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    } | null | undefined;
  }, options?: CallOptions): Promise<{
    readonly schedule: string;
    /** The run it made; null for a temperature's refresh. */
    readonly run: string | null;
  }>;
  /** One schedule: how its last times ended, what people did to it, and its next times. `GET /v1/schedules/{name}`, scope: read. */
  showSchedule(request: {
    /** Default: `20`. */
    readonly limit?: number | undefined;
    /** The name of a schedule. */
    readonly name: string;
  }, options?: CallOptions): Promise<ScheduleReport>;
  /** The coming times of a schedule, with what clock changes do to them. `GET /v1/schedules/{name}/preview`, scope: read. */
  previewSchedule(request: {
    /** ISO 8601; without Z or +01:00 it is of the time zone of the schedule. Now, unless given. */
    readonly from?: string | undefined;
    /** Default: `10`. */
    readonly count?: number | undefined;
    /** The name of a schedule. */
    readonly name: string;
  }, options?: CallOptions): Promise<{
    readonly times: readonly TimePreview[];
  }>;
  /** How the last times of a schedule ended, the newest first. `GET /v1/schedules/{name}/ticks`, scope: read. */
  listTicks(request: {
    /** Default: `50`. */
    readonly limit?: number | undefined;
    /** The name of a schedule. */
    readonly name: string;
  }, options?: CallOptions): Promise<{
    readonly ticks: readonly Tick[];
  }>;
  /** Let a schedule skip its times, for a while or until it is resumed. `POST /v1/schedules/{name}/pause`, scope: warm. */
  pauseSchedule(request: {
    /** The name of a schedule. */
    readonly name: string;
    readonly body?: {
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
      /** Milliseconds. Null, beside an `until` of null: until it is resumed. Default: `null`. */
      readonly for?: number | null | undefined;
      /** In place of `for`: until this time; of a day, until it begins. Milliseconds since the epoch, or ISO 8601; without Z or +01:00 it is of the time zone of the schedule. Default: `null`. */
      readonly until?: number | string | null | undefined;
    } | null | undefined;
  }, options?: CallOptions): Promise<Schedule>;
  /** End the pause of a schedule; what it skipped is not made up for. `POST /v1/schedules/{name}/resume`, scope: warm. */
  resumeSchedule(request: {
    /** The name of a schedule. */
    readonly name: string;
    readonly body?: {
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    } | null | undefined;
  }, options?: CallOptions): Promise<Schedule>;
  /** Let schedules skip their times: those of some names or kinds, or all. `POST /v1/schedules/pause`, scope: warm. */
  pauseSchedules(request: {
    readonly body: {
      readonly which: {
        /** Names; `*` stands for any text. Default: `[]`. */
        readonly names?: readonly string[] | undefined;
        /** What they do. Default: `[]`. */
        readonly kinds?: readonly ("refresh" | "recover" | "run" | "probe" | "gc")[] | undefined;
        /** Every schedule there is. Default: `false`. */
        readonly all?: boolean | undefined;
      };
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
      /** Milliseconds. Null, beside an `until` of null: until it is resumed. Default: `null`. */
      readonly for?: number | null | undefined;
      /** In place of `for`: until this time; of a day, until it begins. Milliseconds since the epoch, or ISO 8601; without Z or +01:00 it is of the time zone of the schedule. Default: `null`. */
      readonly until?: number | string | null | undefined;
    };
  }, options?: CallOptions): Promise<{
    readonly schedules: readonly Schedule[];
  }>;
  /** End the pauses of schedules of some names or kinds, or of all. `POST /v1/schedules/resume`, scope: warm. */
  resumeSchedules(request: {
    readonly body: {
      readonly which: {
        /** Names; `*` stands for any text. Default: `[]`. */
        readonly names?: readonly string[] | undefined;
        /** What they do. Default: `[]`. */
        readonly kinds?: readonly ("refresh" | "recover" | "run" | "probe" | "gc")[] | undefined;
        /** Every schedule there is. Default: `false`. */
        readonly all?: boolean | undefined;
      };
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    };
  }, options?: CallOptions): Promise<{
    readonly schedules: readonly Schedule[];
  }>;
  /** Leave out one coming time of a schedule, or let it fire after all. `POST /v1/schedules/{name}/skip`, scope: warm. */
  skipTick(request: {
    /** The name of a schedule. */
    readonly name: string;
    readonly body: {
      /** One of its coming times; null: the next one. Milliseconds since the epoch, or ISO 8601; without Z or +01:00 it is of the time zone of the schedule. Default: `null`. */
      readonly at?: number | string | null | undefined;
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
      /** Let it fire after all. Default: `false`. */
      readonly undo?: boolean | undefined;
    };
  }, options?: CallOptions): Promise<Schedule>;
  /** Make the runs of times that have passed and did not run. `POST /v1/schedules/{name}/backfill`, scope: warm. */
  backfillSchedule(request: {
    /** The name of a schedule. */
    readonly name: string;
    readonly body: {
      /** The first time that is looked at. Milliseconds since the epoch, or ISO 8601; without Z or +01:00 it is of the time zone of the schedule. */
      readonly from: number | string;
      /** The last time that is looked at, or the last day, not in the future; null: now. Default: `null`. */
      readonly to?: number | string | null | undefined;
      /** Also times that ran. Default: `false`. */
      readonly again?: boolean | undefined;
      /** Only say what would be done. Default: `false`. */
      readonly dryRun?: boolean | undefined;
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    };
  }, options?: CallOptions): Promise<Backfill>;
  /** The next change of the clocks in each zone of schedules, and what it does to their times. `GET /v1/clock-changes`, scope: read. */
  previewClockChanges(request?: {
    /** The name of one schedule; absent: all. */
    readonly schedule?: string | undefined;
    /** Times that are named of each schedule, at most. Default: `3`. */
    readonly count?: number | undefined;
    /** ISO 8601; without Z or +01:00 it is of the time zone of the one schedule, or else UTC. Now, unless given. */
    readonly from?: string | undefined;
  }, options?: CallOptions): Promise<{
    readonly changes: readonly ClockChange[];
  }>;
  /** How the last times of schedules ended, what came of their runs, and which go on. `GET /v1/schedule-results`, scope: read. */
  listScheduleResults(request?: {
    /** The name of one schedule; absent: all. */
    readonly name?: string | undefined;
    /** Times of each; of all schedules together at most 50. Default: `20`. */
    readonly limit?: number | undefined;
  }, options?: CallOptions): Promise<{
    readonly schedules: readonly ScheduleResults[];
  }>;
  /** Processes, tiers, sources, origins and lanes in figures. `GET /v1/stats`, scope: read. */
  readStats(request?: NoRequest, options?: CallOptions): Promise<Stats>;
  /** How warm each source is and what it keeps, at little cost. `GET /v1/overview`, scope: read. */
  readOverview(request?: NoRequest, options?: CallOptions): Promise<Overview>;
  /** Who used the budgets of origins, by hour, and what holds now. `GET /v1/budget`, scope: read. */
  readBudget(request?: {
    /** One origin; else all. */
    readonly origin?: string | undefined;
    /** How many, with the one that runs. Default: `24`. */
    readonly hours?: number | undefined;
  }, options?: CallOptions): Promise<BudgetReport>;
  /** The processes that live, how each is, and which lanes it works on. `GET /v1/processes`, scope: read. */
  listProcesses(request?: NoRequest, options?: CallOptions): Promise<ProcessList>;
  /** What waits in each lane and for how long, who takes it, and what holds it up. `GET /v1/lanes`, scope: read. */
  listLanes(request?: NoRequest, options?: CallOptions): Promise<LaneList>;
  /** What was measured of the service, over time. `GET /v1/history`, scope: read. */
  readHistory(request: {
    /** One, or several with commas between them. `keys-ended`: Keys whose warming ended, by outcome. `tick-delay`: How late ticks were queued: the 95th percentile of all schedules. `dead-letters`: What failed for good, and nobody has looked after. `calls`: Calls of an origin, by who used its budget. `calls-throttled`: Of these, those that were answered with "slow down". `calls-failed`: Of these, those without an answer, or with one that tells of trouble. `calls-unanswered`: Of those that failed, the ones that no response came to. `calls-refused`: Of all calls, those that were answered with an error that has nothing to do with load. `calls-absent`: Of all calls, those whose origin has none of the values. `calls-at-once`: Calls under way at the same time, on average: how long the calls took that ended, by the time that passed. `latency-p50`: How long calls took that were answered: half of them less. `latency-p95`: The same: 95 % of them less. `latency-p99`: The same: 99 % of them less. `permits`: Calls that are allowed at the same time. `permits-used`: Calls under way. `rate`: Calls per second that are allowed, of an origin with a rate. `paused`: For how long the origin was still paused; 0: it was not. `quota-left`: Calls that were left, as the origin said. `runway-needed`: Calls that refresh what expires within that time. `runway-affordable`: Calls that the budget allowed within that time. `jobs-waiting`: Jobs that were ready. `jobs-delayed`: Jobs that were put back until a time. `jobs-active`: Jobs under way. `oldest-job`: For how long the oldest of the jobs that were ready had been; 0: there was none. `wait-p50`: How long jobs were ready before they were taken: half of them less. `wait-p95`: The same: 95 % of them less. `wait-p99`: The same: 99 % of them less. `coverage`: Share of the keys that is warm in a tier, by a sample; `stack`: in any. `refresh-lag`: For how long the key had been due that was due longest. `fresh`: Share of the keys of the sample that is fresh. `due`: Share that is within its ttl, and due. `stale`: Share that is past its ttl, and servable. `gone`: Share without anything servable. `keys`: Keys that are kept warm. `keys-due`: Keys that were due and that no job had. `keys-failing`: Keys whose last attempt failed or was refused. */
    readonly series: string;
    readonly source?: string | undefined;
    readonly tier?: string | undefined;
    readonly origin?: string | undefined;
    readonly lane?: string | undefined;
    readonly user?: string | undefined;
    readonly within?: string | undefined;
    readonly outcome?: string | undefined;
    readonly of?: string | undefined;
    /** ISO 8601, or ms since the epoch. Since when; a day before `to` unless told. 30 days are kept. */
    readonly from?: string | undefined;
    /** The same. Until when; now unless told. */
    readonly to?: string | undefined;
    /** How long each step is, in ms: whole minutes, or hours before the last 24 hours. As it fits in some 300 steps unless told. */
    readonly step?: number | undefined;
  }, options?: CallOptions): Promise<History>;
  /** The beginning of a value, and whether there is one. The key stands in the path percent-encoded, as `encodeURIComponent` does it: a `%` of the key is sent as `%25`, and a `/` as `%2F` or as it is. `GET /v1/previews/{key}`, scope: read. */
  previewEntry(request: {
    /** How much of the body, at the most. Default: `16384`. */
    readonly bytes?: number | undefined;
    /** A key, percent-encoded. */
    readonly key: string;
  }, options?: CallOptions): Promise<{
    readonly key: string;
    /** `absent`: the origin says that it has no value. `missing`: nothing servable is stored. `unavailable`: a tier that may have one did not answer. */
    readonly state: "value" | "absent" | "missing" | "unavailable";
    /** The tier that answered. */
    readonly tier: string | null;
    /** Null where nothing servable is stored. */
    readonly head: Head | null;
    /** How `body` stands here: as text, or as base64 of bytes that are none. */
    readonly encoding: "text" | "base64";
    /** The beginning of the value; a character is never cut. */
    readonly body: string;
    /** Bytes of the value that `body` is. */
    readonly shown: number;
    /** Bytes of the whole value. */
    readonly bytes: number;
    /** Of `unavailable`: the tiers that did not answer, and why. */
    readonly tiers: readonly {
      readonly tier: string;
      /** Why it did not answer. */
      readonly reason: string;
    }[];
  }>;
  /** What failed for good, newest first. `GET /v1/dead-letters`, scope: read. */
  listDeadLetters(request?: {
    /** Default: `100`. */
    readonly limit?: number | undefined;
    /** From the page before. */
    readonly cursor?: string | undefined;
    /** Only those of this run. */
    readonly run?: string | undefined;
    /** Only keys of this source. */
    readonly source?: string | undefined;
    /** Only keys, or only jobs. */
    readonly kind?: "key" | "job" | undefined;
    /** Only those of this lane. */
    readonly lane?: string | undefined;
    /** Only those whose reason has this text in it, in whatever case. */
    readonly reason?: string | undefined;
  }, options?: CallOptions): Promise<{
    readonly letters: readonly DeadLetter[];
    /** All that match; null on later pages of a selection, and of one for which too many had to be looked at. */
    readonly total: number | null;
    /** Where the next page begins; null: this is the last. A page of a selection may be short. */
    readonly cursor: string | null;
  }>;
  /** Queue dead letters again. `POST /v1/dead-letters/redrive`, scope: admin. */
  redriveDeadLetters(request: {
    readonly body: {
      /** Which dead letters; none: all that the rest selects, and without any of that all there are. Default: `[]`. */
      readonly ids?: readonly string[] | undefined;
      /** Only those of this run. */
      readonly run?: string | undefined;
      /** Only keys of this source. */
      readonly source?: string | undefined;
      /** Only keys, or only jobs. */
      readonly kind?: "key" | "job" | undefined;
      /** Only those of this lane. */
      readonly lane?: string | undefined;
      /** Only those whose reason has this text in it, in whatever case. */
      readonly reason?: string | undefined;
      /** What a dry run answered: nothing that failed after what it counted is queued again. */
      readonly until?: string | undefined;
      /** Count what would be queued again, and change nothing. Default: `false`. */
      readonly dryRun?: boolean | undefined;
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    };
  }, options?: CallOptions): Promise<{
    /** How many were meant, and there when this was asked. */
    readonly matching: number;
    /** How many were queued again. */
    readonly redriven: number;
    /** How many of those meant were not: their key fits no source any more, or they were not there when it was their turn. */
    readonly left: number;
    /** The run that warms their keys; null where no key was among them. */
    readonly run: string | null;
    /** The newest that was meant: give it back to queue again no more than these. Null where none was, and of ids. */
    readonly until: string | null;
  }>;
  /** Keys that are set aside because they fail again and again. `GET /v1/quarantine`, scope: read. */
  listQuarantine(request?: {
    /** Default: `100`. */
    readonly limit?: number | undefined;
    /** Only keys of this source. */
    readonly source?: string | undefined;
    /** Only keys of sources of this origin. */
    readonly origin?: string | undefined;
    /** From the page before. */
    readonly cursor?: string | undefined;
  }, options?: CallOptions): Promise<{
    readonly keys: readonly QuarantinedKey[];
    /** Where the next page begins; null: this is the last. */
    readonly cursor: string | null;
    /** All keys that match, on whatever page. */
    readonly total: number;
  }>;
  /** Have keys tried again now: those named, or all of a source or an origin. `POST /v1/quarantine/release`, scope: admin. */
  releaseQuarantine(request: {
    readonly body: {
      /** Which keys; none: all that match, and all there are where nothing else is said. Default: `[]`. */
      readonly keys?: readonly string[] | undefined;
      /** Only keys of this source. */
      readonly source?: string | undefined;
      /** Only keys of sources of this origin. */
      readonly origin?: string | undefined;
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    };
  }, options?: CallOptions): Promise<{
    /** How many were in quarantine. */
    readonly released: number;
  }>;
  /** Whether this process lives; if not, restart it. `GET /livez`, scope: none. */
  isAlive(request?: NoRequest, options?: CallOptions): Promise<{
    readonly status: "alive";
    /** Of this process. */
    readonly roles: readonly string[];
    /** What was looked at; all of it is well. */
    readonly checks: readonly ({
      readonly name: string;
      /** What is wrong with it; null while it is well. */
      readonly reason: string | null;
    })[];
  }>;
  /** The same as `/livez`, under its former name. `GET /healthz`, scope: none. */
  isHealthy(request?: NoRequest, options?: CallOptions): Promise<{
    readonly status: "alive";
    /** Of this process. */
    readonly roles: readonly string[];
    /** What was looked at; all of it is well. */
    readonly checks: readonly ({
      readonly name: string;
      /** What is wrong with it; null while it is well. */
      readonly reason: string | null;
    })[];
  }>;
  /** Whether this process can do its work: each thing that it needs, and which tiers do not answer. `GET /readyz`, scope: none. */
  isReady(request?: NoRequest, options?: CallOptions): Promise<{
    readonly status: "ready";
    /** Of this process. */
    readonly roles: readonly string[];
    /** What was looked at; all of it is well. */
    readonly checks: readonly ({
      readonly name: string;
      /** What is wrong with it; null while it is well. */
      readonly reason: string | null;
    })[];
    /** Tiers that do not answer, while others do. */
    readonly silent: readonly {
      readonly tier: string;
      /** Why it did not answer. */
      readonly reason: string;
    }[];
  }>;
  /** What this process has done, as text for Prometheus. Of this process alone: each is asked for itself. docs/metrics.md lists what there is. `GET /metrics`, scope: read. */
  readMetrics(request?: NoRequest, options?: CallOptions): Promise<string>;
  /** What is wrong with this installation, and the remedy. `GET /v1/doctor`, scope: read. */
  examine(request?: {
    /** Only the checks of these ids, with commas between them. Default: `""`. */
    readonly checks?: string | undefined;
  }, options?: CallOptions): Promise<DoctorReport>;
  /** How much each process logs. `GET /v1/log-level`, scope: read. */
  getLogLevel(request?: NoRequest, options?: CallOptions): Promise<LogLevels>;
  /** Have processes log more or less for a while. The answer shows what they last reported: they follow within four seconds. `PUT /v1/log-level`, scope: admin. */
  setLogLevel(request: {
    readonly body: {
      /** The least severe level that is logged; `configured`: what the configuration says again. */
      readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent" | "configured";
      /** Milliseconds, after which the configured level counts again; a day at most. Default: `600000`. */
      readonly for?: number | undefined;
      /** `all`, the beginning of the id of one, or `this`: the one that is asked, which needs no Redis. Processes that start meanwhile are among all. Default: `"all"`. */
      readonly process?: string | undefined;
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    };
  }, options?: CallOptions): Promise<LogLevels>;
  /** Remove what is expired. `POST /v1/gc`, scope: admin. */
  collect(request?: {
    readonly body?: {
      /** Why, for people: it is kept on record. */
      readonly why?: string | undefined;
    } | null | undefined;
  }, options?: CallOptions): Promise<GcReport>;
  /** What is stored, one line of JSON for each entry. An answer that is cut off is not whole: the connection is then closed without its end. `GET /v1/export`, scope: admin. */
  exportEntries(request?: {
    /** Which keys, such as `source=profile entities=markets`. The empty selector is everything configured. Default: `""`. */
    readonly selector?: string | undefined;
    /** `false`: heads only. Such an export cannot be imported. Default: `"true"`. */
    readonly bodies?: boolean | undefined;
  }, options?: CallOptions): AsyncIterable<string>;
  /** Store the entries of an export. Newest wins, so doing it again does no harm; an `Idempotency-Key` is not needed, and ignored. The lines must have been sent within 30 seconds: send more in several requests, or use `forewarm import`. `POST /v1/import`, scope: admin. */
  importEntries(request: {
    /** `true`: check every line and count, and write nothing. Default: `"false"`. */
    readonly dryRun?: boolean | undefined;
    /** Why, for people: it is kept on record. */
    readonly why?: string | undefined;
    readonly lines: Lines;
  }, options?: CallOptions): Promise<ImportReport>;
  /** Remove entries from every tier. Ask with `dryRun` first: it says how many keys and bytes, tier by tier. `POST /v1/purges`, scope: admin. */
  purge(request: {
    readonly body: PurgeInput;
  }, options?: CallOptions): Promise<PurgeReport>;
  /** Read everything that is stored, and say what is wrong; with `repair`, mend it. `POST /v1/validations`, scope: admin. */
  validate(request: {
    readonly body: ValidationInput;
  }, options?: CallOptions): Promise<ValidationReport>;
  /** Follow everything that changes as server-sent events. An event `change` for each thing that is otherwise than a second before: its kind, its name, and how it is now in small. `resync` says to read what is shown, at the beginning and when changes were missed; `resumed` in place of it where nothing was missed since `Last-Event-ID`; `away` that the jobs Redis does not answer. A comment every 15 seconds keeps the connection open. `GET /v1/changes`, scope: read. */
  watchChanges(request?: NoRequest, options?: CallOptions): AsyncIterable<ApiEvent<"change", Change> | ApiEvent<"resync", {
    /** `begin`: changes are told from now on. `missed`: more changed than the client read. `back`: the jobs Redis was away. */
    readonly reason: "begin" | "missed" | "back";
  }> | ApiEvent<"resumed", {
    readonly changes: number;
  }> | ApiEvent<"away", {
    readonly reason: string;
  }>>;
  /** Who changed what, newest first. Each call that changed something, by the API, a command, a program or the inbox, once it has ended: who asked, for what, with which note, and what came of it. `jobs.history` says how far back. `GET /v1/audit`, scope: read. */
  listActions(request?: {
    /** Default: `50`. */
    readonly limit?: number | undefined;
    /** From the page before. */
    readonly cursor?: string | undefined;
    /** Only what they did: the name of a token, or user@host. */
    readonly who?: string | undefined;
    /** Only calls of this verb. */
    readonly verb?: "warm" | "stopRun" | "invalidate" | "clear" | "purge" | "gc" | "import" | "validate" | "pauseSchedules" | "resumeSchedules" | "skipTick" | "backfill" | "trigger" | "release" | "redrive" | "setLogLevel" | "bullBoard" | undefined;
    /** Only what ended then or later; ISO 8601, UTC unless it says otherwise. */
    readonly since?: string | undefined;
    /** Only what ended then or before; ISO 8601, UTC unless it says otherwise. */
    readonly until?: string | undefined;
  }, options?: CallOptions): Promise<{
    readonly actions: readonly AuditRecord[];
    /** Where the next page begins; null: this is the last. */
    readonly cursor: string | null;
  }>;
  /** Let this browser open bull-board. Sets a cookie for `/bull-board/`, which the token signs, and which ends with it. `POST /bull-board/session`, scope: read. */
  beginBullBoardSession(request?: NoRequest, options?: CallOptions): Promise<{
    /** For how long it is let in, in milliseconds. */
    readonly lasts: number;
  }>;
  /** Let this browser open bull-board no more. It takes no token, as a page that has forgotten its token must be able to: it takes the cookie away, and nothing else. `DELETE /bull-board/session`, scope: none. */
  endBullBoardSession(request?: NoRequest, options?: CallOptions): Promise<{
    /** For how long it is let in, in milliseconds. */
    readonly lasts: number;
  }>;
  /** Who calls, and what the caller may do. Any token will do, whatever its scopes. `GET /v1/caller`, scope: none. */
  readCaller(request?: NoRequest, options?: CallOptions): Promise<{
    /** Of its token; `loopback` where none is configured. */
    readonly name: string;
    /** All that it may do: with `admin`, every scope. */
    readonly scopes: readonly ("read" | "warm" | "invalidate" | "admin")[];
    /** Whether a token is needed, since some are configured. */
    readonly tokens: boolean;
    /** Of the program that answers. */
    readonly version: string;
    /** What this installation is called; null: nothing. */
    readonly label: string | null;
    /** Whether bull-board is served at `/bull-board/`. */
    readonly bullBoard: boolean;
    /** Whether the console shows values of keys. */
    readonly values: "show" | "hide";
  }>;
  /** This description (OpenAPI 3.1). `GET /v1/openapi.json`, scope: none. */
  describeApi(request?: NoRequest, options?: CallOptions): Promise<{
    readonly openapi: string;
    readonly [name: string]: unknown;
  }>;
  /** Every code that a problem may have. `GET /v1/errors`, scope: none. */
  listErrors(request?: NoRequest, options?: CallOptions): Promise<{
    readonly errors: readonly {
      readonly code: string;
      readonly status: number;
      readonly meaning: string;
      /** What the reader can do. */
      readonly remedy: string;
    }[];
  }>;
  /** What a code means, and what to do. `GET /v1/errors/{code}`, scope: none. */
  readError(request: {
    readonly code: string;
  }, options?: CallOptions): Promise<{
    readonly code: string;
    readonly status: number;
    readonly meaning: string;
    /** What the reader can do. */
    readonly remedy: string;
  }>;
}

export const OPERATIONS: Readonly<Record<keyof ApiOperations, OperationRow>> = {
  createRun: {"method":"POST","path":"/v1/runs","takes":["source","from","id","why","force","missing","limit","deadline","keep","body","lines"],"query":["source","from","id","why","force","missing","limit","deadline","keep"],"kind":"json","accept":"application/json"},
  listRuns: {"method":"GET","path":"/v1/runs","takes":["limit","cursor","state","reason","failures","cause","schedule","source","text","since","until"],"query":["limit","cursor","state","reason","failures","cause","schedule","source","text","since","until"],"kind":"json","accept":"application/json"},
  readRun: {"method":"GET","path":"/v1/runs/{id}","takes":["id"],"query":[],"kind":"json","accept":"application/json"},
  watchRun: {"method":"GET","path":"/v1/runs/{id}/events","takes":["id"],"query":[],"kind":"events","accept":"text/event-stream"},
  stopRun: {"method":"POST","path":"/v1/runs/{id}/stop","takes":["id","body"],"query":[],"kind":"json","accept":"application/json"},
  listFailures: {"method":"GET","path":"/v1/runs/{id}/failures","takes":["limit","cursor","id"],"query":["limit","cursor"],"kind":"json","accept":"application/json"},
  reportRun: {"method":"GET","path":"/v1/runs/{id}/report","takes":["samples","id"],"query":["samples"],"kind":"json","accept":"application/json"},
  diffRuns: {"method":"GET","path":"/v1/runs/{id}/diff","takes":["samples","to","id"],"query":["samples","to"],"kind":"json","accept":"application/json"},
  listEntries: {"method":"GET","path":"/v1/entries","takes":["limit","cursor","selector","state","tier","minBytes"],"query":["limit","cursor","selector","state","tier","minBytes"],"kind":"json","accept":"application/json"},
  countKeys: {"method":"GET","path":"/v1/counts","takes":["selector","within"],"query":["selector","within"],"kind":"json","accept":"application/json"},
  inspectKey: {"method":"GET","path":"/v1/inspections/{key}","takes":["key"],"query":[],"kind":"json","accept":"application/json"},
  explainKey: {"method":"GET","path":"/v1/explanations/{key}","takes":["key"],"query":[],"kind":"json","accept":"application/json"},
  readEntry: {"method":"GET","path":"/v1/entries/{key}","takes":["key"],"query":[],"kind":"json","accept":"application/vnd.forewarm.entry+json"},
  readEntries: {"method":"POST","path":"/v1/reads","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  checkCoverage: {"method":"GET","path":"/v1/coverage","takes":["selector","samples","min","fresh","tier","per"],"query":["selector","samples","min","fresh","tier","per"],"kind":"json","accept":"application/json"},
  readWorth: {"method":"GET","path":"/v1/worth","takes":["selector","samples"],"query":["selector","samples"],"kind":"json","accept":"application/json"},
  plan: {"method":"POST","path":"/v1/plans","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  invalidate: {"method":"POST","path":"/v1/invalidations","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  clear: {"method":"POST","path":"/v1/clear","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  listSchedules: {"method":"GET","path":"/v1/schedules","takes":[],"query":[],"kind":"json","accept":"application/json"},
  triggerSchedule: {"method":"POST","path":"/v1/schedules/{name}/trigger","takes":["name","body"],"query":[],"kind":"json","accept":"application/json"},
  showSchedule: {"method":"GET","path":"/v1/schedules/{name}","takes":["limit","name"],"query":["limit"],"kind":"json","accept":"application/json"},
  previewSchedule: {"method":"GET","path":"/v1/schedules/{name}/preview","takes":["from","count","name"],"query":["from","count"],"kind":"json","accept":"application/json"},
  listTicks: {"method":"GET","path":"/v1/schedules/{name}/ticks","takes":["limit","name"],"query":["limit"],"kind":"json","accept":"application/json"},
  pauseSchedule: {"method":"POST","path":"/v1/schedules/{name}/pause","takes":["name","body"],"query":[],"kind":"json","accept":"application/json"},
  resumeSchedule: {"method":"POST","path":"/v1/schedules/{name}/resume","takes":["name","body"],"query":[],"kind":"json","accept":"application/json"},
  pauseSchedules: {"method":"POST","path":"/v1/schedules/pause","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  resumeSchedules: {"method":"POST","path":"/v1/schedules/resume","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  skipTick: {"method":"POST","path":"/v1/schedules/{name}/skip","takes":["name","body"],"query":[],"kind":"json","accept":"application/json"},
  backfillSchedule: {"method":"POST","path":"/v1/schedules/{name}/backfill","takes":["name","body"],"query":[],"kind":"json","accept":"application/json"},
  previewClockChanges: {"method":"GET","path":"/v1/clock-changes","takes":["schedule","count","from"],"query":["schedule","count","from"],"kind":"json","accept":"application/json"},
  listScheduleResults: {"method":"GET","path":"/v1/schedule-results","takes":["name","limit"],"query":["name","limit"],"kind":"json","accept":"application/json"},
  readStats: {"method":"GET","path":"/v1/stats","takes":[],"query":[],"kind":"json","accept":"application/json"},
  readOverview: {"method":"GET","path":"/v1/overview","takes":[],"query":[],"kind":"json","accept":"application/json"},
  readBudget: {"method":"GET","path":"/v1/budget","takes":["origin","hours"],"query":["origin","hours"],"kind":"json","accept":"application/json"},
  listProcesses: {"method":"GET","path":"/v1/processes","takes":[],"query":[],"kind":"json","accept":"application/json"},
  listLanes: {"method":"GET","path":"/v1/lanes","takes":[],"query":[],"kind":"json","accept":"application/json"},
  readHistory: {"method":"GET","path":"/v1/history","takes":["series","source","tier","origin","lane","user","within","outcome","of","from","to","step"],"query":["series","source","tier","origin","lane","user","within","outcome","of","from","to","step"],"kind":"json","accept":"application/json"},
  previewEntry: {"method":"GET","path":"/v1/previews/{key}","takes":["bytes","key"],"query":["bytes"],"kind":"json","accept":"application/json"},
  listDeadLetters: {"method":"GET","path":"/v1/dead-letters","takes":["limit","cursor","run","source","kind","lane","reason"],"query":["limit","cursor","run","source","kind","lane","reason"],"kind":"json","accept":"application/json"},
  redriveDeadLetters: {"method":"POST","path":"/v1/dead-letters/redrive","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  listQuarantine: {"method":"GET","path":"/v1/quarantine","takes":["limit","source","origin","cursor"],"query":["limit","source","origin","cursor"],"kind":"json","accept":"application/json"},
  releaseQuarantine: {"method":"POST","path":"/v1/quarantine/release","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  isAlive: {"method":"GET","path":"/livez","takes":[],"query":[],"kind":"json","accept":"application/json"},
  isHealthy: {"method":"GET","path":"/healthz","takes":[],"query":[],"kind":"json","accept":"application/json"},
  isReady: {"method":"GET","path":"/readyz","takes":[],"query":[],"kind":"json","accept":"application/json"},
  readMetrics: {"method":"GET","path":"/metrics","takes":[],"query":[],"kind":"text","accept":"text/plain"},
  examine: {"method":"GET","path":"/v1/doctor","takes":["checks"],"query":["checks"],"kind":"json","accept":"application/json"},
  getLogLevel: {"method":"GET","path":"/v1/log-level","takes":[],"query":[],"kind":"json","accept":"application/json"},
  setLogLevel: {"method":"PUT","path":"/v1/log-level","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  collect: {"method":"POST","path":"/v1/gc","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  exportEntries: {"method":"GET","path":"/v1/export","takes":["selector","bodies"],"query":["selector","bodies"],"kind":"lines","accept":"application/x-ndjson"},
  importEntries: {"method":"POST","path":"/v1/import","takes":["dryRun","why","lines"],"query":["dryRun","why"],"kind":"json","accept":"application/json"},
  purge: {"method":"POST","path":"/v1/purges","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  validate: {"method":"POST","path":"/v1/validations","takes":["body"],"query":[],"kind":"json","accept":"application/json"},
  watchChanges: {"method":"GET","path":"/v1/changes","takes":[],"query":[],"kind":"events","accept":"text/event-stream"},
  listActions: {"method":"GET","path":"/v1/audit","takes":["limit","cursor","who","verb","since","until"],"query":["limit","cursor","who","verb","since","until"],"kind":"json","accept":"application/json"},
  beginBullBoardSession: {"method":"POST","path":"/bull-board/session","takes":[],"query":[],"kind":"json","accept":"application/json"},
  endBullBoardSession: {"method":"DELETE","path":"/bull-board/session","takes":[],"query":[],"kind":"json","accept":"application/json"},
  readCaller: {"method":"GET","path":"/v1/caller","takes":[],"query":[],"kind":"json","accept":"application/json"},
  describeApi: {"method":"GET","path":"/v1/openapi.json","takes":[],"query":[],"kind":"json","accept":"application/json"},
  listErrors: {"method":"GET","path":"/v1/errors","takes":[],"query":[],"kind":"json","accept":"application/json"},
  readError: {"method":"GET","path":"/v1/errors/{code}","takes":["code"],"query":[],"kind":"json","accept":"application/json"},
};
