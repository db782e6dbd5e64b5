import { counted } from '../../../../core/counted.ts';
import { CONTROL_LANE } from '../../../../queue/queue.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const orphanLanes: DoctorCheck = {
  id: 'orphan-lanes',
  whether: 'no work waits in a lane of an origin that is configured no more',
  worst: 'warning',
  why: 'Workers serve the lanes of the origins that they are configured with. What waits in another one waits for ever, and so does its run.',
  needsJobs: true,
  async examine({ queue, budgets }) {
    const lanes = await queue.lanes();
    const others = lanes.filter((lane) => lane !== CONTROL_LANE && !budgets.has(lane));
    const counts = await Promise.all(others.map(async (lane) => ({ lane, ...(await queue.counts(lane)) })));
    const bad = counts.filter(({ waiting, delayed }) => waiting + delayed > 0);
    if (bad.length === 0) return [ok('queue', 'every lane with work is of an origin that is configured')];
    return bad.map(({ lane, waiting, delayed }) => {
      const finding = `${counted(waiting + delayed, 'job')} of an origin that is not configured here`;
      const remedy = `stop the runs that wait for them (\`forewarm runs stop RUN\`), or configure origins.${lane} again until they are done`;
      return warning(`lane ${lane}`, finding, remedy);
    });
  },
};
