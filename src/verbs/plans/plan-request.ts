/** What a plan is asked with: all that a warm is asked with, or a schedule; and by when it is to be done. */
import { z } from 'zod';
import { isTimezone } from '../../policy/local-time.ts';
import { checkWhich, warmShape } from '../runs/warm-request.ts';

const shape = warmShape.omit({ plan: true, why: true }).extend({
  schedule: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('The next tick of this schedule, in place of a selector: what it warms, and how.'),
  by: z
    .string()
    .max(100)
    .optional()
    .describe(
      'When it is to be done: a time of day (`06:00`), a time (`2027-01-04T06:00`), or so long after it begins (`4h`). Absent: the deadline of the schedule, or none.',
    ),
  timezone: z
    .string()
    .refine(isTimezone, 'is not a time zone; write a name such as America/Denver or UTC')
    .optional()
    .describe('Of `by`, where that names none; absent: that of the schedule, or UTC.'),
});

export const planRequest = shape
  .superRefine((request, context) => {
    checkWhich(request, context);
    const { schedule, selector, rows, keys } = request;
    if (schedule === undefined || (selector === '' && rows === undefined && keys === undefined)) return;
    const message = 'says what to warm itself: leave out the selector, `rows` and `keys`';
    context.addIssue({ code: 'custom', path: ['schedule'], message });
  })
  .meta({ examples: [{ selector: 'source=profile', missing: true, by: '06:00' }] });

/** As a caller gives it: everything may be left out. */
export type PlanRequest = z.input<typeof planRequest>;
/** As the verb works with it. */
export type CheckedPlan = z.output<typeof planRequest>;
