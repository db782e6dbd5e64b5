/** Who changed what: the audit log, read. */
import type { AuditLog } from '../../catalog/audit-log.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import { timeFor } from '../schedules/local-times.ts';
import { type AuditPage, type AuditRequest, auditRequest } from './audit-shapes.ts';

export interface AuditVerbs {
  /** Who changed what, the newest first, as far back as `jobs.history` says. */
  audit(request?: AuditRequest): Promise<AuditPage>;
}

export interface AuditVerbsDeps {
  readonly auditLog: Pick<AuditLog, 'list'>;
}

const methods = { audit: [['request', auditRequest.prefault({})]] } as const satisfies Methods;

export function auditVerbs({ auditLog }: AuditVerbsDeps): AuditVerbs {
  return withChecks(methods, {
    async audit({ limit, cursor, who, verb, since, until }) {
      const filter = {
        ...{ who, verb },
        since: since === undefined ? undefined : timeFor(since, []),
        until: until === undefined ? undefined : timeFor(until, []),
      };
      const page = await auditLog.list(filter, limit, cursor);
      return { actions: [...page.actions], cursor: page.cursor ?? null };
    },
  });
}
