/** For each clause of the contract of the audit log, a broken log that it must reject; and the one in memory, which keeps them. */
import type { AuditLog } from '../../src/catalog/audit-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AuditLogInMemory } from '../support/in-memory/audit-log.ts';
import { AUDIT_LOG_CLAUSES, AUDIT_LOG_LIARS } from './audit-log.ts';
import { describeContract, describeLiars } from './suite.ts';

const create = (): AuditLog => new AuditLogInMemory(systemClock);

describeContract('the audit log in memory', AUDIT_LOG_CLAUSES, create);
describeLiars<AuditLog>('the contract of the audit log', AUDIT_LOG_CLAUSES, create, AUDIT_LOG_LIARS);
