import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

/** Of the lines that get fixes for years, in November 2026: https://github.com/nodejs/release#release-schedule. */
const MAINTAINED = [22, 24, 26] as const;

export const nodeVersion: DoctorCheck = {
  id: 'node-version',
  whether: 'this process runs on a Node that gets fixes',
  worst: 'warning',
  why: 'Holes in Node are holes in whatever runs on it, and Forewarm is tested with lines that are maintained.',
  needsJobs: false,
  examine({ host: { node } }) {
    const major = Number.parseInt(node.replace(/^v/, ''), 10);
    if (major >= MAINTAINED[0] && (major % 2 === 0 || major > MAINTAINED[2])) return [ok('node', node)];
    const finding = `${node} gets no fixes any more`;
    return [warning('node', finding, `use an even version from ${MAINTAINED[0]} on, such as 24`)];
  },
};
