import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

export const tierS3Writes: DoctorCheck = {
  id: 'tier-s3-writes',
  whether: 'the server of the bucket compares before it writes',
  worst: 'warning',
  why: 'Where two processes write a key at once, the newest value stays only if the server keeps to If-Match.',
  needsJobs: false,
  async examine({ bucket }, signal) {
    if (bucket === undefined) return [];
    if (await bucket.compares(signal)) return [ok('tiers.s3', 'the server compares before it writes')];
    const finding =
      'the server ignores If-Match: of two values that two processes write at once, the older may stay';
    return [warning('tiers.s3', finding, 'use a server that keeps to it, such as AWS or MinIO')];
  },
};
