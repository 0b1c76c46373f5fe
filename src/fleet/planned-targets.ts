/** The targets of a plan as an agent tells of them: what is written, and by what two hosts know that it is the same. */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { TargetFacts } from '../machine/target-facts.js';
import { overwrites } from '../plan/files.js';
import type { Plan } from '../plan/types.js';
import { readText } from '../system/small-files.js';
import type { PlannedTarget } from './protocol.js';

/** @param bootId of this machine; null = unknown */
export function plannedTargets({ targets, steps }: Plan, bootId: string | null): PlannedTarget[] {
  const written = new Set(
    steps.flatMap(({ workers }) =>
      workers.flatMap(({ job, files }) =>
        files.flatMap(({ path, layOut }) => (overwrites(job) || layOut !== 'nothing' ? [path] : [])),
      ),
    ),
  );
  return targets.map((facts) => ({
    path: facts.path,
    kind: facts.kind,
    sizeBytes: facts.sizeBytes,
    isWritten: written.has(facts.path),
    identity: identityOf(facts, bootId),
  }));
}

/** File systems that several machines see, where the source of the mount and the inode number tell a file. */
const shared =
  /^(?:nfs4?|cifs|smb3|ceph|lustre|gpfs|beegfs|9p|virtiofs|ocfs2|gfs2|fuse\.(?:glusterfs|ceph|sshfs|juicefs|s3fs))$/;

function identityOf(facts: TargetFacts, bootId: string | null): string | null {
  const machine = bootId === null ? null : `boot ${bootId}`;
  if (facts.kind === 'block') {
    const wwid = facts.queue === null ? null : readText(`/sys/block/${facts.queue.disk}/wwid`);
    // The name of a partition says which of the disk's it is.
    if (wwid !== null && wwid !== '') return `wwid ${wwid} ${facts.realPath.replace(/^.*?(\d*)$/, '$1')}`;
    return machine === null || !facts.identity ? null : `${machine} block ${facts.identity.number}`;
  }
  const fileNumber = numberOf(facts);
  if (fileNumber === null) return null;
  const source =
    facts.fileSystem !== null && shared.test(facts.fileSystem.type) ? sourceOf(facts.fileSystem.mountPoint) : null;
  if (source !== null) return `${facts.fileSystem!.type} ${source} ${fileNumber.inode}${fileNumber.name}`;
  return machine === null ? null : `${machine} ${fileNumber.device} ${fileNumber.inode}${fileNumber.name}`;
}

/** Of a file that is not there yet, the folder's and its name. */
function numberOf({ path, realPath, kind }: TargetFacts) {
  try {
    const isMissing = kind === 'missing';
    const { dev, ino } = statSync(isMissing ? dirname(path) : realPath);
    return { device: dev, inode: ino, name: isMissing ? `/${basename(path)}` : '' };
  } catch {
    return null;
  }
}

/** What is mounted there: `server:/export` (proc_pid_mountinfo(5)). */
function sourceOf(mountPoint: string): string | null {
  const lines = (readText('/proc/self/mountinfo') ?? '').split('\n');
  const own = lines
    .map((line) => line.split(' '))
    .findLast((fields) => fields[4] === mountPoint.replaceAll(' ', '\\040'));
  return own === undefined ? null : (own[own.indexOf('-') + 2] ?? null);
}
