import { counted } from '../../../../core/counted.ts';
import { configuredLanes, jobsIn, orphanLanes } from '../../../../queue/lanes.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const orphanLanesCheck: DoctorCheck = {
  id: 'orphan-lanes',
  whether: 'no work waits in a lane of an origin that is configured no more',
  worst: 'warning',
  why: 'Workers take jobs of the origins that they are configured with. What waits in another lane waits for ever; only chunks of runs are queued again for the origin that their source has now.',
  needsJobs: true,
  async examine({ queue, budgets }) {
    const orphans = await orphanLanes(queue, configuredLanes(budgets.keys()));
    const bad = orphans.filter((state) => jobsIn(state) > 0);
    if (bad.length === 0) return [ok('queue', 'every lane with work is of an origin that is configured')];
    return bad.map((state) => {
      const { lane } = state;
      const finding = `${counted(jobsIn(state), 'job')} of an origin that is not configured here`;
      const remedy = `\`forewarm drain --lane ${lane}\` does them: keys whose source has another origin now are fetched from that; or configure origins.${lane} again`;
      return warning(`lane ${lane}`, finding, remedy);
    });
  },
};
