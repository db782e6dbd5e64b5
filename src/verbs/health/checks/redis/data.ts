import { recentLoss } from '../../../../catalog/state-mark.ts';
import { instantText } from '../../../../core/written-time.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const redisData: DoctorCheck = {
  id: 'redis-data',
  whether: 'the jobs Redis still has what was kept there',
  worst: 'warning',
  why: 'A server that was emptied, or restarted without its data, has lost runs, due times, and what people asked of schedules.',
  needsJobs: true,
  async examine({ stateMark, clock }) {
    const mark = await stateMark.read();
    const lostAt = recentLoss(mark, clock.now());
    if (mark === undefined || lostAt === undefined)
      return [ok('redis.jobs', 'nothing was lost within a day')];
    const at = instantText(lostAt);
    const finding = `the jobs Redis lost what was kept there, as was noticed at ${at}; pauses of schedules and times to leave out, too, unless a scheduler that knew them lives`;
    const by =
      mark.run === '' ? '`forewarm warm` again what is to be kept' : `run ${mark.run} makes up for it`;
    const remedy = `${by}; pause again what \`forewarm schedules\` does not show as paused; set \`appendonly yes\`, and let nobody empty that server`;
    return [warning('redis.jobs', finding, remedy)];
  },
};
