/** What is true of each engine whatever the machine: the one table that everything else asks. */
import type { EngineName } from './job.js';

/** What is true of an engine whatever the machine. */
interface EngineTraits {
  /** 1 for engines that finish one request before they take the next; null = as many as asked. */
  readonly depthMax: number | null;
  /** Requests are under way after submission; only then has submission a time of its own. */
  readonly asynchronous: boolean;
  /** Without O_DIRECT submission waits for the I/O, so that depth has no effect (libaio). */
  readonly needsDirectForAsync: boolean;
  /** Several writes under way reach the block layer in the order in which they were begun (libaio). */
  readonly ordersWrites: boolean;
  /** False: O_DIRECT is impossible with it (mmap). */
  readonly direct: boolean;
  /** It does no I/O, and needs no file to be there (null). */
  readonly touchesFiles: boolean;
  /** It maps files: they must have their full size before the first write (mmap). */
  readonly mapsFiles: boolean;
  /** It changes which space regular files have, and moves no data (falloc). */
  readonly changesSpace: boolean;
  /** It does no I/O at all, and runs beside jobs that do (cpuio, exec). */
  readonly besideIo: boolean;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly trims: boolean;
  /** RWF_ATOMIC can go with a write. */
  readonly atomicWrites: boolean;
  /** Its system calls are rows that are performed in runs (calls/rows.ts). */
  readonly rows: boolean;
  /** It has an io_uring. */
  readonly ring: boolean;
  /** It is one end of a connection. */
  readonly network: boolean;
  /** It sends NVMe commands, to a character device. */
  readonly commands: boolean;
  /** Which engine writes its files full before it is measured. */
  readonly filledBy: EngineName;
}

const synchronous: EngineTraits = {
  depthMax: 1,
  asynchronous: false,
  needsDirectForAsync: false,
  ordersWrites: false,
  direct: true,
  touchesFiles: true,
  mapsFiles: false,
  changesSpace: false,
  besideIo: false,
  reads: true,
  writes: true,
  trims: true,
  atomicWrites: false,
  rows: false,
  ring: false,
  network: false,
  commands: false,
  filledBy: 'psync',
};

const calls: EngineTraits = { ...synchronous, rows: true };

/** Their operations are on names; what may go with them is in plan/file-work.ts. */
const fileCalls: EngineTraits = { ...synchronous, trims: false };
const fileRequests: EngineTraits = { ...fileCalls, depthMax: null, asynchronous: true, ring: true };

const traits: Readonly<Record<EngineName, EngineTraits>> = {
  io_uring: {
    ...synchronous,
    depthMax: null,
    asynchronous: true,
    atomicWrites: true,
    ring: true,
    filledBy: 'io_uring',
  },
  io_uring_cmd: { ...synchronous, depthMax: null, asynchronous: true, ring: true, commands: true },
  libaio: {
    ...synchronous,
    depthMax: null,
    asynchronous: true,
    needsDirectForAsync: true,
    ordersWrites: true,
    atomicWrites: true,
    filledBy: 'libaio',
  },
  sync: calls,
  psync: calls,
  vsync: calls,
  pvsync: calls,
  pvsync2: { ...calls, atomicWrites: true },
  mmap: { ...synchronous, direct: false, mapsFiles: true },
  null: { ...synchronous, depthMax: null, touchesFiles: false },
  falloc: { ...synchronous, changesSpace: true },
  ftruncate: { ...synchronous, changesSpace: true, reads: false, trims: false },
  splice: synchronous,
  cpuio: { ...synchronous, touchesFiles: false, besideIo: true },
  exec: { ...synchronous, touchesFiles: false, besideIo: true },
  filecreate: fileCalls,
  filestat: fileCalls,
  filedelete: fileCalls,
  filerename: fileCalls,
  dircreate: fileCalls,
  dirstat: fileCalls,
  dirdelete: fileCalls,
  io_uring_filecreate: fileRequests,
  io_uring_filestat: fileRequests,
  io_uring_filedelete: fileRequests,
  io_uring_filerename: fileRequests,
  io_uring_dircreate: fileRequests,
  io_uring_dirstat: fileRequests,
  io_uring_dirdelete: fileRequests,
  net: { ...synchronous, trims: false, touchesFiles: false, network: true },
  io_uring_net: {
    ...synchronous,
    depthMax: null,
    asynchronous: true,
    trims: false,
    touchesFiles: false,
    ring: true,
    network: true,
  },
};

export function engineTraits(name: EngineName): EngineTraits {
  return traits[name];
}
