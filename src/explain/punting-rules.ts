/** Rules on requests that were handed to io-wq workers (punted), since submitting them would have waited. */
import { formatCount } from '../support/units.js';
import { inFlightOf } from './difference.js';
import {
  cpus,
  engineOf,
  fasterBlocking,
  isDirect,
  isFileOperation,
  isNetwork,
  percent,
  queueOf,
  type Rule,
} from './rule.js';
import { type Scene, sharesOf } from './scene.js';

const syncElements = ['fsync', 'fdatasync', 'sync_file_range'];

/** Whether the job's I/Os are chains with a sync in them. */
const hasSync = ({ pair }: Scene) =>
  pair.iotest.options.engine.chain.elements.some(({ operation }) => syncElements.includes(operation));

/** Whether requests stand behind others on direct descriptors: the kernel counts the hand-over of the first of them. */
const isLinked = isFileOperation;

/**
 * A file system that takes buffered writes with a wait only (no FOP_BUFFER_WASYNC in its file_operations as of Linux 6.18),
 * and direct ones without only where nothing is to be allocated; or null: it may take them without.
 */
function waitingFileSystem({ targets }: Scene): string | null {
  const waiting = ['ext2', 'ext3', 'ext4'];
  const types = targets.map(({ fileSystem }) => fileSystem?.type ?? '');
  return types.length > 0 && types.every((type) => waiting.includes(type)) ? types[0]! : null;
}

function workerEvidence(scene: Scene, share: number): string {
  const { workers, paths } = scene.work;
  const { worker, submitted } = paths!;
  const counted = isLinked(scene)
    ? `${formatCount(worker)} hand-overs for ${formatCount(submitted)} requests; what is linked behind one goes with it`
    : `${formatCount(worker)} of ${formatCount(submitted)} requests (${percent(share)}) were queued for workers`;
  if (workers === null || workers.threadCount === 0) return counted;
  return `${counted}; ${workers.threadCount} of them used ${cpus(workers.cpuNs, scene)} CPUs`;
}

const puntedWithoutNowait: Rule = {
  code: 'punted-without-nowait',
  find: (scene) => {
    const share = sharesOf(scene.work)?.worker ?? 0;
    const { blockingPath } = scene.work;
    if (share < 0.2 || blockingPath === null || engineOf(scene).forceAsyncEvery > 0) return null;
    const faster = fasterBlocking(scene);
    return {
      sentence: `${percent(share)} of the requests were punted to io-wq workers, because ${blockingPath} does not support non-blocking submission${faster === null ? '' : `: ${faster}`}`,
      evidence: `${workerEvidence(scene, share)}; a read with RWF_NOWAIT gives EOPNOTSUPP`,
      advice:
        faster === null
          ? 'compare with --engine psync and numjobs instead of iodepth: it has no hand-over'
          : 'use the synchronous engine on this device, with numjobs instead of iodepth',
    };
  },
};

const forcedAsync: Rule = {
  code: 'forced-async',
  find: (scene) => {
    const every = engineOf(scene).forceAsyncEvery;
    const share = sharesOf(scene.work)?.worker ?? 0;
    if (every === 0 || share < 0.5 / every) return null;
    return {
      sentence: `${percent(share)} of the requests were handed to io-wq workers, as force_async=${every} asks`,
      evidence: workerEvidence(scene, share),
      advice: 'leave force_async off, unless the hand-over itself is what is measured',
    };
  },
};

const queueFull: Rule = {
  code: 'punted-queue-full',
  find: (scene) => {
    const share = sharesOf(scene.work)?.worker ?? 0;
    const queue = queueOf(scene);
    const inFlight = Math.round((inFlightOf(scene.pair) ?? 0) * scene.pair.iotest.workerCount);
    if (share < 0.05 || scene.work.blockingPath !== null || !isDirect(scene) || engineOf(scene).forceAsyncEvery > 0)
      return null;
    if (queue === null || queue.requestsMax === 0 || inFlight <= queue.requestsMax) return null;
    return {
      sentence: `${percent(share)} of the requests were punted to io-wq workers, which wait for a free request of ${queue.disk}: ${inFlight} in flight are more than its ${queue.requestsMax}`,
      evidence: `${workerEvidence(scene, share)}; nr_requests is ${queue.requestsMax}`,
      advice: `keep iodepth x numjobs at ${queue.requestsMax} or below, or raise /sys/block/${queue.disk}/queue/nr_requests`,
    };
  },
};

/** Whether what went to workers is the writes and the syncs: as many of them, within a fifth. */
function areWrites({ pair: { fio }, work }: Scene): boolean {
  const count = fio.write.total_ios + (fio.sync?.total_ios ?? 0);
  const worker = work.paths?.worker ?? 0;
  return (
    fio.write.total_ios > 0 && fio.trim.total_ios === 0 && worker <= count * 1.2 && worker >= fio.write.total_ios * 0.2
  );
}

const puntedWrites: Rule = {
  code: 'punted-buffered-writes',
  find: (scene) => {
    const { fio } = scene.pair;
    const share = sharesOf(scene.work)?.worker ?? 0;
    if (isFileOperation(scene) || isNetwork(scene) || hasSync(scene)) return null;
    const isOther = isDirect(scene) || scene.work.blockingPath !== null || engineOf(scene).forceAsyncEvery > 0;
    // Where no more went to workers than there were syncs, it was these.
    const syncCount = fio.sync?.total_ios ?? 0;
    const beyondSyncs = (scene.work.paths?.worker ?? 0) - syncCount;
    if (share < 0.05 || isOther || !areWrites(scene) || beyondSyncs < fio.write.total_ios * 0.2) return null;
    const waiting = waitingFileSystem(scene);
    const ofWrites = percent(Math.min(1, beyondSyncs / fio.write.total_ios));
    const syncs = syncCount === 0 ? '' : ', and so was every sync, as the kernel has none that does not block';
    const reads = fio.read.total_ios === 0 ? '' : ` (${percent(share)} of all requests; reads were not)`;
    return {
      sentence: `${ofWrites} of the buffered writes were done by io-wq workers${reads}: ${waiting === null ? 'the file system could not take them without waiting (for blocks, a lock, or room in the cache)' : `${waiting} has none that do not wait`}${syncs}`,
      evidence: workerEvidence(scene, share),
      advice:
        waiting === null
          ? 'write over a file that is laid out already (overwrite=1), or past the cache (direct=1)'
          : 'write past the cache (direct=1), or use a synchronous engine; XFS and Btrfs take buffered writes without waiting',
    };
  },
};

const puntedAppends: Rule = {
  code: 'punted-direct-writes',
  find: (scene) => {
    const share = sharesOf(scene.work)?.worker ?? 0;
    if (isFileOperation(scene) || isNetwork(scene) || hasSync(scene) || !isDirect(scene)) return null;
    if (share < 0.2 || scene.work.blockingPath !== null || engineOf(scene).forceAsyncEvery > 0) return null;
    const { fio } = scene.pair;
    const beyondSyncs = (scene.work.paths?.worker ?? 0) - (fio.sync?.total_ios ?? 0);
    const fileSystem = waitingFileSystem(scene);
    if (
      fileSystem === null ||
      !areWrites(scene) ||
      beyondSyncs < fio.write.total_ios * 0.2 ||
      queueFull.find(scene) !== null
    )
      return null;
    return {
      sentence: `${percent(Math.min(1, beyondSyncs / fio.write.total_ios))} of the direct writes were punted to io-wq workers: ${fileSystem} takes a direct write without waiting only over blocks that were written before, not where the file grows or blocks are new`,
      evidence: workerEvidence(scene, share),
      advice:
        'write the file once before (overwrite=1 lays it out whole; a log is best recycled), or use a synchronous engine',
    };
  },
};

const puntedSyncs: Rule = {
  code: 'punted-syncs',
  find: (scene) => {
    const syncCount = scene.pair.fio.sync?.total_ios ?? 0;
    const worker = scene.work.paths?.worker ?? 0;
    if (syncCount === 0 || worker < syncCount * 0.5 || worker > syncCount * 1.2) return null;
    if (puntedWrites.find(scene) !== null) return null;
    return {
      sentence: 'every sync was done by an io-wq worker: the kernel has no fsync that does not block',
      evidence: `${formatCount(worker)} requests were queued for workers, ${formatCount(syncCount)} were syncs`,
      advice: 'a sync gains nothing from the ring but its place in the queue; sync=dsync on direct writes needs none',
    };
  },
};

const puntedChains: Rule = {
  code: 'punted-chains',
  find: (scene) => {
    const share = sharesOf(scene.work)?.worker ?? 0;
    const isOther = scene.work.blockingPath !== null || engineOf(scene).forceAsyncEvery > 0;
    if (!hasSync(scene) || share < 0.2 || isOther) return null;
    const faster = fasterBlocking(scene);
    const waiting = isDirect(scene) ? null : waitingFileSystem(scene);
    const what = share > 0.8 ? 'the chains were' : `${percent(share)} of the requests, the syncs of the chains, were`;
    return {
      sentence: `${what} done by io-wq workers, since syncs are done nowhere else${waiting === null ? '' : `, nor are buffered writes on ${waiting}`}${faster === null ? '' : `: ${faster}`}`,
      evidence: workerEvidence(scene, share),
      advice:
        waiting === null
          ? 'sync=dsync on direct writes needs no sync of its own, and so no worker'
          : 'with direct=1 the write at least is begun without a worker; sync=dsync then needs no sync of its own',
    };
  },
};

const puntedOperations: Rule = {
  code: 'punted-operations',
  find: (scene) => {
    const share = sharesOf(scene.work)?.worker ?? 0;
    if (!isFileOperation(scene) || share < 0.2) return null;
    const faster = fasterBlocking(scene);
    return {
      sentence: `${percent(share)} of the operations were done by io-wq workers: Linux makes, looks at, renames and deletes files nowhere else, as a file system may wait${faster === null ? '' : `; ${faster}`}`,
      evidence: workerEvidence(scene, share),
      advice:
        faster === null
          ? 'it pays with several in flight that wait for the disk (iodepth, file_create=commit)'
          : 'use the engine without io_uring_ here; with several in flight that wait for the disk, compare again',
    };
  },
};

/** In the order in which they are told. */
export const puntingRules: readonly Rule[] = [
  puntedWithoutNowait,
  forcedAsync,
  queueFull,
  puntedWrites,
  puntedAppends,
  puntedSyncs,
  puntedChains,
  puntedOperations,
];
