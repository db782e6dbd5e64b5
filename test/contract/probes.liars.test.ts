/** For each clause of the contract of probes, a broken record that it must reject. */
import { LocalProbes } from '../../src/catalog/local-probes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { PROBES_CLAUSES, PROBES_LIARS, type ProbesSubject } from './probes.ts';
import { describeLiars } from './suite.ts';

function honest(): ProbesSubject {
  const clock = new FakeClock();
  const probes = new LocalProbes({ clock });
  return { one: probes, other: probes, pass: () => clock.advance(10_000) };
}

describeLiars<ProbesSubject>('the contract of probes', PROBES_CLAUSES, honest, PROBES_LIARS);
