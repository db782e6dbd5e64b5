/** What the rule of an origin's limits promises over any history, as data, each with a rule that breaks it. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { LimitKind, LimitWindow, LoweredLimit, nextLimit } from '../../src/policy/limit.ts';
import type { ClausesWithLiars } from '../contract/suite.ts';

export type LimitRule = typeof nextLimit;

const NOW = 1_800_000_000_000;
const CEILING = { rate: 100, permits: 20 };

/** A step of a history: what holds before, what is seen, and what holds after. */
interface Step {
  readonly before: LoweredLimit | undefined;
  readonly seen: LimitWindow;
  readonly after: LoweredLimit | undefined;
}

const flag = (weight: number) => fc.nat(99).map((n) => n < weight);
const window = fc.record({
  ms: fc.oneof(fc.constant(1_000), fc.integer({ min: 1, max: 30_000 })),
  usedRate: fc.double({ min: 0, max: 300, noNaN: true }),
  usedPermits: fc.integer({ min: 0, max: 40 }),
  throttled: fc.oneof(
    { weight: 7, arbitrary: fc.constant<LimitKind | undefined>(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<LimitKind>('concurrency', 'rate') },
  ),
  pausedMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 })),
  ...{ failing: flag(15), slow: flag(15) },
});

/** The steps of a rule over windows that follow each other. */
function stepsOf(
  rule: LimitRule,
  windows: readonly (typeof window extends fc.Arbitrary<infer T> ? T : never)[],
) {
  let [now, held]: [number, LoweredLimit | undefined] = [NOW, undefined];
  return windows.map(({ ms, usedRate, usedPermits, pausedMs, ...signals }): Step => {
    const pausedUntil = pausedMs === 0 ? 0 : now + pausedMs;
    now += ms;
    const before = held;
    const used = { rate: usedRate, permits: usedPermits };
    const seen = { now, ceiling: CEILING, used, pausedUntil, ...signals };
    held = rule(before, seen);
    return { before, seen, after: held };
  });
}

/** Holds for every step of many histories. */
function always(check: (step: Step) => void) {
  return async (rule: LimitRule): Promise<void> => {
    const histories = fc.array(window, { minLength: 30, maxLength: 60 });
    fc.assert(
      fc.property(histories, (windows) => {
        for (const step of stepsOf(rule, windows)) check(step);
      }),
      { seed: 7, numRuns: 60, endOnFailure: true },
    );
  };
}

const isCut = ({ before, seen, after }: Step) => after?.cutAt === seen.now && before?.cutAt !== seen.now;
/** Calls at the same time were lowered, and not the rate. */
const isTogether = ({ before, seen }: Step) =>
  seen.throttled === 'concurrency' &&
  Math.min((before ?? CEILING).permits, Math.max(1, seen.used.permits)) >= 2;
const EPSILON = 1e-9;

/** A rule that changes what the true one says. */
const changed =
  (
    change: (
      limit: LoweredLimit,
      seen: LimitWindow,
      before: LoweredLimit | undefined,
    ) => Partial<LoweredLimit>,
  ) =>
  (rule: LimitRule): LimitRule =>
  (before, seen) => {
    const limit = rule(before, seen);
    return limit && { ...limit, ...change(limit, seen, before) };
  };

/** A rule that is shown something else than what there was. */
const shown =
  (change: (seen: LimitWindow) => Partial<LimitWindow>) =>
  (rule: LimitRule): LimitRule =>
  (before, seen) =>
    rule(before, { ...seen, ...change(seen) });

export const LIMIT_RULE: ClausesWithLiars<LimitRule> = {
  'leaves what is configured until the origin says "slow down"': {
    check: always(({ before, seen, after }) => {
      if (before === undefined && !seen.throttled) expect(after).toBeUndefined();
    }),
    lie: shown(({ throttled, failing }) => ({ throttled: throttled ?? (failing ? 'rate' : undefined) })),
  },

  'never exceeds what is configured, and keeps a call at a time and one in two seconds': {
    check: always(({ after }) => {
      if (after === undefined) return;
      expect(after.rate).toBeLessThanOrEqual(CEILING.rate);
      expect(after.permits).toBeLessThanOrEqual(CEILING.permits);
      expect(after.permits).toBeGreaterThanOrEqual(1);
      expect(after.rate).toBeGreaterThanOrEqual(0.5 - EPSILON);
    }),
    lie: changed(({ rate }) => ({ rate: rate * 0.9 })),
  },

  'lowers a rate to seven tenths of what held, or of what was used': {
    check: always((step) => {
      const { before, seen, after } = step;
      if (!isCut(step) || after === undefined || isTogether(step)) return;
      const held = Math.min(before?.rate ?? CEILING.rate, Math.max(seen.used.rate * 1.1, 0.5));
      expect(after.rate).toBeCloseTo(Math.max(held * 0.7, 0.5), 6);
    }),
    lie: changed(({ rate, cutAt }, { now }) => (cutAt === now ? { rate: Math.max(0.5, rate * 0.8) } : {})),
  },

  'lowers calls at the same time by three tenths at least, and leaves more than a quarter': {
    check: always((step) => {
      const { before, seen, after } = step;
      if (!isCut(step) || after === undefined || !isTogether(step)) return;
      const held = Math.floor(Math.min(before?.permits ?? CEILING.permits, seen.used.permits));
      expect(after.permits).toBeLessThanOrEqual(held * 0.7 + EPSILON);
      expect(after.permits).toBeGreaterThan(held / 4);
    }),
    lie: changed(({ permits, cutAt }, { now }) => (cutAt === now ? { permits: permits + 1 } : {})),
  },

  'lowers what was exceeded, and leaves the other as it is': {
    check: always((step) => {
      const { before, after } = step;
      if (!isCut(step) || after === undefined) return;
      const held = before ?? CEILING;
      if (isTogether(step)) expect(after.rate).toBe(held.rate);
      else expect(after.permits).toBe(held.permits);
    }),
    lie: changed(({ rate, permits, cutAt }, { now }) =>
      cutAt === now ? { rate: Math.max(0.5, rate * 0.99), permits: Math.max(1, permits * 0.99) } : {},
    ),
  },

  'lowers the rate where a single call at a time was too much': {
    check: async (rule) => {
      const alone = { ...seenAt(NOW), used: { rate: 10, permits: 1 }, throttled: 'concurrency' as const };
      expect(rule(undefined, alone)?.rate).toBeCloseTo(7.7);
    },
    lie: shown(({ used }) => ({ used: { ...used, permits: used.permits + 1 } })),
  },

  'learns nothing in a pause': {
    check: always((step) => {
      const { before, seen, after } = step;
      if (before === undefined || after === undefined || isCut(step)) return;
      const open = Math.max(0, seen.now - Math.max(before.at, seen.pausedUntil));
      expect(after.age - before.age).toBeLessThanOrEqual(open);
    }),
    lie: shown(() => ({ pausedUntil: 0 })),
  },

  'searches for a limit until it was found twice at about the same place': {
    check: async (rule) => {
      const cut = rule(undefined, seenAt(NOW));
      const again = (rate: number) => {
        const grown = cut && { ...cut, rate: 95 };
        return rule(grown, { ...seenAt(NOW + 2_000), used: { rate, permits: 4 } })?.confirmed;
      };
      expect(cut?.confirmed).toBe(false);
      expect([again(90), again(10)]).toEqual([true, false]);
    },
    lie: changed(() => ({ confirmed: true })),
  },

  'lowers once in a second at most, however many calls were throttled': {
    check: always((step) => {
      if (isCut(step) && step.before !== undefined)
        expect(step.seen.now - step.before.cutAt).toBeGreaterThanOrEqual(1_000);
    }),
    lie: (rule) => (before, seen) =>
      rule(
        before && (seen.throttled !== undefined ? { ...before, cutAt: Number.NEGATIVE_INFINITY } : before),
        seen,
      ),
  },

  'takes nothing away without a "slow down" or failures': {
    check: always(({ before, seen, after }) => {
      if (before === undefined || after === undefined || seen.throttled !== undefined || seen.failing) return;
      expect(after.rate).toBeGreaterThanOrEqual(before.rate - EPSILON);
      expect(after.permits).toBeGreaterThanOrEqual(before.permits - EPSILON);
    }),
    lie: changed(({ rate }, { slow }) => (slow ? { rate: Math.max(0.5, rate * 0.9) } : {})),
  },

  'does not grow while answers are slow, most calls fail, or less than half is used': {
    check: always((step) => {
      const { before, seen, after } = step;
      if (before === undefined || after === undefined || isCut(step)) return;
      const isUsed = seen.used.rate >= before.rate / 2 || seen.used.permits >= before.permits / 2;
      if (isUsed && !seen.slow && !seen.failing) return;
      expect(after.age).toBe(before.age);
    }),
    lie: shown(() => ({ slow: false })),
  },

  'never grows beyond twice what was used': {
    check: always((step) => {
      const { before, seen, after } = step;
      if (before === undefined || after === undefined || isCut(step)) return;
      expect(after.rate).toBeLessThanOrEqual(Math.max(before.rate, seen.used.rate * 2) + EPSILON);
    }),
    lie: shown(({ used }) => ({ used: { ...used, rate: used.rate * 3 + 1 } })),
  },

  'keeps since when limits are lowered, until they are as configured': {
    check: always(({ before, after }) => {
      if (before !== undefined && after !== undefined) expect(after.since).toBe(before.since);
    }),
    lie: changed(({ cutAt }) => ({ since: cutAt })),
  },

  'has forgotten what was ten minutes ago': {
    check: async (rule) => {
      const cut = rule(undefined, stepsOf(rule, [FULL])[0]?.seen as LimitWindow);
      expect(cut).toBeDefined();
      const idle = { ...FULL, throttled: undefined, usedRate: 0, usedPermits: 0, ms: 1 };
      const [step] = stepsOf(rule, [idle]);
      const later = { ...(step?.seen as LimitWindow), now: NOW + 602_000 };
      expect(rule(cut, later)).toBeUndefined();
    },
    lie: (rule) => (before, seen) => rule(before, seen) ?? before,
  },

  'is as configured within a minute for an origin that bears it again': {
    check: async (rule) => {
      const steps = stepsOf(rule, [
        FULL,
        ...Array.from({ length: 60 }, () => ({ ...FULL, throttled: undefined })),
      ]);
      expect(steps[0]?.after).toBeDefined();
      expect(steps.at(-1)?.after).toBeUndefined();
    },
    lie: shown(({ used }) => ({ used: { rate: used.rate / 5, permits: 0 } })),
  },
};

/** A second in which all was used, and the origin said "slow down". */
const FULL = {
  ...{ ms: 1_000, usedRate: 100, usedPermits: 4 },
  throttled: 'rate' as LimitKind | undefined,
  ...{ pausedMs: 0, failing: false, slow: false },
};

function seenAt(now: number): LimitWindow {
  const { usedRate, usedPermits, throttled, failing, slow } = FULL;
  const used = { rate: usedRate, permits: usedPermits };
  return { now, ceiling: CEILING, used, throttled, pausedUntil: 0, failing, slow };
}
