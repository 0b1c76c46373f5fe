/**
 * fio's example job files, as Debian packs them (fio-examples), made small enough to run here in a moment: what each
 * becomes, what of it must be as with fio, and why those that are refused are.
 */
import fs from 'node:fs';
import path from 'node:path';

export interface ExampleState {
  readonly state: 'equal' | 'fio cannot run it' | 'refused';
  /** What is equal, as `Agreement`; null where nothing is compared. */
  readonly agreement: Agreement | null;
  /** What was changed for the comparison beyond sizes and times, why fio cannot run it, or why it is refused. */
  readonly reasons: readonly string[];
}

/** What the last comparison found; docs/compatibility.md is made from it. */
export interface CorpusStates {
  readonly fioVersion: string;
  readonly examples: Readonly<Record<string, ExampleState>>;
}

/**
 * What must be equal, beside names, order, groups and errors of the jobs, and the exit status:
 * - `counts`: I/Os and bytes of each job and direction.
 * - `sums`: I/Os and bytes of each job, all directions together; which of them an I/O takes is drawn by lot.
 * - `bytes`: bytes of each job, all directions together, but for the excess of its clones' last I/Os; sizes are drawn.
 * - `directions`: time ends the job, so the directions in which it did I/O.
 */
export type Agreement = 'counts' | 'sums' | 'bytes' | 'directions';

interface ExampleRule {
  /** Instead of `counts`. */
  readonly agreement?: Agreement;
  /** Lines that become others, in place of what the rules for all would make of them. */
  readonly lines?: Readonly<Record<string, string>>;
  /** So many sections are left, the defaults not counted. */
  readonly sectionCount?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What is changed beyond the rules for all, and why. */
  readonly changed?: string;
  /** Why the fio of Debian 12 cannot run it, even with all that it needs at hand. */
  readonly fioCannot?: string;
  /** So many times fio is run until it ends as it mostly does; 1 unless given. */
  readonly fioTries?: number;
}

/** Made in both folders before the run: in place of any device. */
export const deviceFile = 'device';
export const deviceBytes = 1 << 20;

const inline = { 'io_submit_mode=offload': 'io_submit_mode=inline' } as const;
const offloadHangs = 'without io_submit_mode=offload, with which fio 3.33 may never end';
const drawnSizes = { agreement: 'bytes' } as const;
const timed = { agreement: 'directions' } as const;
/** Its small size ends it, and not a time in which a busy machine may have done anything or nothing. */
const bySize = { lines: { time_based: '' } } as const;
const xnvme = { FIO_RW: 'randread', FIO_IODEPTH: '4', FIO_BS: '4k' };

const rules: Readonly<Record<string, ExampleRule>> = {
  '1mbs_clients.fio': {
    sectionCount: 6,
    lines: { 'size=32m': 'size=64k', 'rate=1250': 'rate=1250k', 'ratemin=1024': 'ratemin=1k' },
    changed: '6 of 32 clients, at a rate that reads their files in a moment',
  },
  'cmdprio-bssplit.fio': {
    ...timed,
    lines: {
      'bssplit=64k/40:1024k/60,1024k/100': 'bssplit=4k/40:16k/60,16k/100',
      'cmdprio_bssplit=64k/100:1024k/0,1024k/0': 'cmdprio_bssplit=4k/100:16k/0,16k/0',
      'cmdprio_bssplit=64k/25/1/1:64k/75/3/2:1024k/0,1024k/0': 'cmdprio_bssplit=4k/25/1/1:4k/75/3/2:16k/0,16k/0',
    },
    changed: 'blocks of 4k and 16k, of which the small file holds enough for both directions to be drawn',
  },
  'butterfly.fio': {
    lines: { 'filename=/tmp/testfile': `filename=${deviceFile}` },
    changed: 'a file that is there',
  },
  'exitwhat.fio': {
    ...timed,
    lines: { 'number_ios=1000': 'number_ios=150', 'rate=300,300,300': 'rate=300k,300k,300k' },
    changed: 'rates in KiB, with which the jobs that are to be ended would end by themselves in seconds',
  },
  'fio-rand-RW.fio': { agreement: 'sums', ...bySize },
  'fio-rand-read.fio': bySize,
  'fio-rand-write.fio': bySize,
  'fio-seq-RW.fio': { agreement: 'sums', ...bySize },
  'fio-seq-read.fio': bySize,
  'fio-seq-write.fio': bySize,
  'fixed-rate-submission.fio': { lines: inline, changed: offloadHangs },
  'filecreate-ioengine.fio': {
    sectionCount: 4,
    lines: { 'nrfiles=31250': 'nrfiles=50' },
    changed: '50 of 31250 files in 4 of 16 jobs',
  },
  'cpuio.fio': timed,
  'exec.fio': {
    ...timed,
    lines: {
      'program=/usr/sbin/turbostat': 'program=/bin/sleep',
      'arguments=-c package -qS --interval 5 -s Busy%,Bzy_MHz,Avg_MHz,CorWatt,PkgWatt,RAMWatt,PkgTmp': 'arguments=60',
      'numjobs=12': 'numjobs=2',
    },
    environment: { IOTEST_ALLOW_EXEC: '1' },
    changed: 'sleep in place of turbostat, 2 of 12 clones',
  },
  'flow.fio': timed,
  'falloc.fio': timed,
  'ftruncate.fio': timed,
  'fsx.fio': { agreement: 'sums' },
  'iometer-file-access-server.fio': drawnSizes,
  'jesd219.fio': drawnSizes,
  'poisson-rate-submission.fio': {
    lines: { ...inline, 'size=128m': 'size=128k', 'rate_iops=50': 'rate_iops=500' },
    changed: `${offloadHangs}; 32 I/Os at 500/s`,
  },
  'steadystate.fio': {
    ...timed,
    lines: {
      'filename=/dev/null': `filename=${deviceFile}`,
      'filename=/dev/zero': `filename=${deviceFile}`,
      'runtime=5m': 'runtime=2500ms',
      'ss_dur=30s': 'ss_dur=2s',
      'ss_dur=10s': 'ss_dur=2s',
      'ss_ramp=10s': 'ss_ramp=0',
      'ss_ramp=5s': 'ss_ramp=0',
    },
    changed: 'files instead of /dev/null and /dev/zero, which are no storage and refused',
  },
  'cross-stripe-verify.fio': {
    lines: { 'offset_increment=124g': 'offset_increment=512k', 'io_size=120g': 'io_size=32k' },
    changed: '2 of 30 clones, close to each other',
  },
  'surface-scan.fio': {
    lines: { 'ioengine=sync': 'ioengine=sync\nsize=256k', 'fill_device=1': 'fill_device=0' },
    changed: 'a size in place of a whole device',
  },
  'enospc-pressure.fio': {
    fioCannot: 'one of its jobs trims a file, which ends with ENOTTY',
    // Now and then another of its jobs is done before, which ends all.
    fioTries: 5,
  },
  'disk-zone-profile.fio': { lines: { 'zonesize=256m': 'zonesize=64k', 'zoneskip=2g': 'zoneskip=192k' } },
  'xnvme-compare.fio': {
    ...timed,
    environment: xnvme,
    lines: { 'allow_file_create=0': `allow_file_create=0\nfilename=${deviceFile}` },
    changed: 'with its variables set, and a file that is there',
  },
  'uring-cmd-ng.fio': { fioCannot: 'it needs an NVMe namespace; test/vm has one' },
  'xnvme-zoned.fio': {
    environment: xnvme,
    fioCannot: 'it leaves the zoned device to the command line; test/vm has two',
  },
  'zbd-rand-write.fio': {
    ...timed,
    lines: { 'zonesize=256M': 'zonesize=64k', 'max_open_zones=32': 'max_open_zones=8', 'bs=512K': 'bs=16k' },
    changed: 'emulated zones of 64k in a file, 8 of them open',
  },
  'zbd-seq-read.fio': {
    lines: {
      'zonesize=256M': 'zonesize=64k',
      'offset=140660178944': 'offset=64k',
      'size=10G': 'size=512k',
      'read_beyond_wp=0': 'read_beyond_wp=1',
    },
    changed: 'emulated zones of 64k in a file, read beyond write pointers: nothing is written there',
  },
  'netio.fio': {
    ...timed,
    // fio's sender gives up where nobody listens yet, and its receiver then waits for ever.
    lines: { 'startdelay=1': 'startdelay=2' },
    // Its ends sometimes reset each other when they close.
    fioTries: 5,
    changed: 'compared by directions: fio counts a block that comes in pieces as several I/Os',
  },
  'zipf.fio': { lines: { 'size=1280m': 'size=4m' } },
};

export const agreementOf = (name: string): Agreement => rules[name]?.agreement ?? 'counts';
export const environmentOf = (name: string): Readonly<Record<string, string>> => rules[name]?.environment ?? {};
export const fioTriesOf = (name: string): number => rules[name]?.fioTries ?? 1;
export const changeOf = (name: string): string | null => rules[name]?.changed ?? null;
export const fioCannot = (name: string): string | null => rules[name]?.fioCannot ?? null;

const atMost = (bound: number) => (value: string) => String(Math.min(Number(value), bound));

/** For all examples alike: names in place of paths, small sizes, short times, few clones and rounds. */
const rulesForAll: Readonly<Record<string, (value: string) => string>> = {
  directory: () => '.',
  filename: (value) => (value.startsWith('/dev/') ? deviceFile : path.basename(value)),
  size: smallSize,
  filesize: smallSize,
  io_size: smallSize,
  // What is compared by amounts must be done before, however busy the machine.
  runtime: () => '60s',
  timeout: () => '60s',
  ramp_time: () => '20ms',
  startdelay: (value) => `${value}ms`,
  numjobs: atMost(2),
  loops: atMost(3),
};

function smallSize(value: string): string {
  const [, digits, unit] = /^(\d+)([kmgt]?)b?$/i.exec(value) ?? [];
  if (digits === undefined) return value;
  const bytes = Number(digits) * 1024 ** ' kmgt'.indexOf(unit!.toLowerCase() || ' ');
  return bytes > deviceBytes ? '1m' : value;
}

/** The text that both programs get. */
export function shrunk(name: string, text: string): string {
  const rule = rules[name];
  const lines: string[] = [];
  let sectionCount = 0;
  for (const line of text.split('\n')) {
    const plain = line.replace(/\s+[;#].*$/, '').trim();
    if (plain === '' || /^[;#]/.test(plain)) continue;
    if (/^\[(?!global)/.test(plain) && sectionCount++ === rule?.sectionCount) break;
    const isTimed = rule?.agreement === 'directions' && /^runtime=/.test(plain);
    lines.push(rule?.lines?.[plain] ?? (isTimed ? 'runtime=400ms' : smallLine(plain)));
  }
  return `${lines.join('\n')}\n`;
}

function smallLine(line: string): string {
  const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
  const change = key === undefined ? undefined : rulesForAll[key];
  return change === undefined ? line : `${key}=${change(value!)}`;
}

/** What the plan refuses, where the lines by themselves are right. */
export const refusedByPlan: Readonly<Record<string, string>> = {
  'netio_multicast.fio': 'the multicast address 239.0.0.0',
};

/** Lines that are the reason why an example is refused; each must be named, with what stands left of its "=". */
export const refusals: Readonly<Record<string, readonly string[]>> = {
  // Zones by commands instead of the kernel's.
  'libzbc-rand-write.fio': ['ioengine=libzbc'],
  'libzbc-seq-read.fio': ['ioengine=libzbc'],
  'uring-cmd-zoned.fio': ['ioengine=io_uring_cmd'],
  // Placement in memory is set up around iotest.
  'numa.fio': ['numa_cpu_nodes=0', 'numa_mem_policy=bind:0', 'numa_cpu_nodes=0-1', 'numa_mem_policy=interleave:0-1'],
  // Engines that move no data of files and devices, or not through this kernel's calls.
  'cpp_null.fio': ['ioengine=cpp_null'],
  'dev-dax.fio': ['ioengine=dev-dax'],
  'dfs.fio': ['ioengine=dfs'],
  'e4defrag.fio': ['ioengine=e4defrag'],
  'e4defrag2.fio': ['ioengine=e4defrag'],
  'gfapi.fio': ['ioengine=gfapi'],
  'gpudirect-rdmaio-client.fio': ['ioengine=rdma'],
  'gpudirect-rdmaio-server.fio': ['ioengine=rdma'],
  'http-s3-crypto.fio': ['ioengine=http'],
  'http-s3-storage-class.fio': ['ioengine=http'],
  'http-s3.fio': ['ioengine=http'],
  'http-swift.fio': ['ioengine=http'],
  'http-webdav.fio': ['ioengine=http'],
  'ime.fio': ['ioengine=ime_psync', 'ioengine=ime_psyncv', 'ioengine=ime_aio'],
  'libcufile-cufile.fio': ['ioengine=libcufile'],
  'libcufile-posix.fio': ['ioengine=libcufile'],
  'libhdfs.fio': ['ioengine=libhdfs'],
  'libiscsi.fio': ['ioengine=libiscsi'],
  'libpmem.fio': ['ioengine=libpmem', 'numa_cpu_nodes=0', 'numa_mem_policy=bind:0'],
  'librpma_apm-client.fio': ['ioengine=librpma_apm_client'],
  'librpma_apm-server.fio': ['ioengine=librpma_apm_server'],
  'librpma_gpspm-client.fio': ['ioengine=librpma_gpspm_client'],
  'librpma_gpspm-server.fio': ['ioengine=librpma_gpspm_server'],
  'mtd.fio': ['ioengine=mtd', 'block_error_percentiles=1'],
  'nbd.fio': ['ioengine=nbd'],
  'nfs.fio': ['ioengine=nfs'],
  'pmemblk.fio': ['ioengine=pmemblk'],
  'rados.fio': ['ioengine=rados'],
  'rbd.fio': ['ioengine=rbd'],
  'rdmaio-client.fio': ['ioengine=rdma'],
  'rdmaio-server.fio': ['ioengine=rdma'],
  'sg_verify-fail.fio': ['ioengine=sg'],
  'sg_verify.fio': ['ioengine=sg'],
  'sg_write_same_ndob.fio': ['ioengine=sg'],
};

export const statesFile = path.join(import.meta.dirname, 'corpus-states.json');

export const readStates = (): CorpusStates => JSON.parse(fs.readFileSync(statesFile, 'utf8')) as CorpusStates;
