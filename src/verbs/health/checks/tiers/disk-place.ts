import { type DoctorCheck, type Found, note, ok, warning } from '../../doctor-check.ts';

const WHERE = 'tiers.disk.path';
const OF_HOST = 'put it on a disk of this host';
const VOLUME = 'mount a volume there';

/** By the numbers that statfs(2) gives, from `linux/magic.h`. */
const PLACES: ReadonlyMap<number, Found> = new Map([
  [0x6969, network('NFS')],
  [0xff534d42, network('CIFS')],
  [0xfe534d42, network('SMB')],
  [0x517b, network('SMB')],
  [0x01021997, network('9P')],
  [0x01021994, warning(WHERE, 'it lies in memory (tmpfs), and is gone after a restart of the host', OF_HOST)],
  [
    0x794c7630,
    note(WHERE, "it lies in a container's own layer (overlay), and is gone with the container", VOLUME),
  ],
]);

function network(name: string): Found {
  const finding = `it lies on a network file system (${name}), where SQLite's locks do not hold and files are damaged`;
  return warning(WHERE, finding, `${OF_HOST}; hosts share values by the tiers redis and s3`);
}

export const tierDiskPlace: DoctorCheck = {
  id: 'tier-disk-place',
  whether: 'the file of the disk tier lies where it stays, and locks hold',
  worst: 'warning',
  why: 'SQLite needs locks that network file systems do not keep, and what lies in memory or in a container is cold after a restart.',
  needsJobs: false,
  async examine({ diskFile: path, host }) {
    if (path === undefined) return [];
    const { type } = await host.fileSystem(path);
    return [PLACES.get(type) ?? ok(WHERE, 'on a disk of this host')];
  },
};
