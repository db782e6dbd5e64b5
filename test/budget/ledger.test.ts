import { describeLedger } from '../contract/ledger.ts';
import { fakeTimeSubject, localLedger, redisSubject } from '../support/ledgers.ts';

describeLedger('a ledger of one process', localLedger);
describeLedger('the ledger on Redis', redisSubject);
describeLedger('the ledger whose time tests set', fakeTimeSubject);
