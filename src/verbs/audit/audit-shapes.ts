/** What the audit log is asked, and what it holds. */
import { z } from 'zod';
import { AUDIT_OUTCOMES } from '../../catalog/audit-log.ts';
import { WAYS } from '../../flow/actor.ts';
import { askedTime, time } from '../shapes.ts';
import { DEEDS } from './action-verbs.ts';

export const auditRequest = z.strictObject({
  limit: z.int().min(1).max(1_000).default(50),
  cursor: z.string().max(100).optional().describe('From the page before.'),
  who: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('Only what they did: the name of a token, or user@host.'),
  verb: z.enum(DEEDS).optional().describe('Only calls of this verb.'),
  since: askedTime().optional().describe('Only what ended then or later.'),
  until: askedTime().optional().describe('Only what ended then or before.'),
});
export type AuditRequest = z.input<typeof auditRequest>;

const auditRecord = z.object({
  id: z.string(),
  at: time().describe('When it ended, by the clock of the jobs Redis, in milliseconds since the epoch.'),
  who: z
    .string()
    .describe('The name of a token, `loopback` without tokens, or user@host of a command or a program.'),
  way: z.enum(WAYS).describe('How it was asked for.'),
  verb: z.string(),
  about: z.string().describe('What it was asked for, such as a selector; cut, and without secrets.'),
  note: z.string().describe('What was said of it, for people.'),
  outcome: z.enum(AUDIT_OUTCOMES).describe('`failed`: it may have been done in part.'),
  result: z.string().describe('What came of it, or why it failed.'),
  ms: z.number().describe('How long it took.'),
});
export const auditPage = z.object({
  actions: z.array(auditRecord),
  cursor: z.string().nullable().describe('Where the next page begins; null: this is the last.'),
});
export type AuditRecord = z.infer<typeof auditRecord>;
export type AuditPage = z.infer<typeof auditPage>;

/** The shapes that the API describes by name. */
export const auditShapes = { AuditRecord: auditRecord };
