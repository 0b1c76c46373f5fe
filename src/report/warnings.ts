/**
 * What a result says about its own worth: rules over the document, each with its evidence and what to do. What can be
 * known before the run (alignment, refused modes, capped depths) is found by the plan and is in the document already.
 */

import { isChain } from '../job/chain.js';
import { engineTraits } from '../job/engine-traits.js';
import { directions } from '../job/per-direction.js';
import type { FioJob, IotestDocument, IotestJob, IotestPart } from '../results/document.js';
import { pollQueueAdvice } from '../support/poll-queue-parameters.js';
import { formatBytesIec, formatLatencyNs } from '../support/units.js';
import type { Warning } from '../support/warning.js';
import { rateNotHeld } from './rate-warnings.js';
import { preconditionText, sniaText, steadyStateText } from './steady-state-text.js';

type Target = IotestPart['targets'][number];
type Step = IotestPart['steps'][number];

/** A job object with all that the rules look at. */
interface Subject {
  readonly fio: FioJob;
  readonly iotest: IotestJob;
  readonly step: Step | null;
  readonly targets: readonly Target[];
  readonly machine: IotestPart['machine'];
  /** An option that the user wrote, in [global] or the section. */
  readonly isTyped: (option: string) => boolean;
}

type JobRule = (subject: Subject) => Warning | null;

/**
 * Warnings of one run in the order of its jobs, those about the whole run last. What a job shows on several engines is
 * said once, with the evidence of the first; what it shows on some of them only names these.
 */
export function findWarnings(document: IotestDocument): Warning[] {
  const subjects = subjectsOf(document);
  const found = new Map<string, { readonly warning: Warning; readonly engines: Set<string> }>();
  for (const subject of subjects) {
    for (const rule of jobRules) {
      const warning = rule(subject);
      if (warning === null) continue;
      const key = `${warning.code} ${warning.jobName}`;
      const known = found.get(key) ?? { warning, engines: new Set<string>() };
      known.engines.add(subject.iotest.engineLabel);
      found.set(key, known);
    }
  }
  const perJob = [...found.values()].map(({ warning, engines }) => {
    const tried = subjects.filter(({ iotest }) => iotest.jobName === warning.jobName);
    const isOnAll = tried.every(({ iotest }) => engines.has(iotest.engineLabel));
    return isOnAll ? warning : { ...warning, message: `on ${[...engines].join(', ')}: ${warning.message}` };
  });
  return [...perJob, ...runRules.flatMap((rule) => rule(document))];
}

/** The document with these warnings too: in the run's list, and in those of the jobs that they name. */
export function withWarnings(document: IotestDocument, added: readonly Warning[]): IotestDocument {
  const { iotest } = document;
  return {
    ...document,
    iotest: {
      ...iotest,
      jobs: iotest.jobs.map((job) => ({
        ...job,
        warnings: [...job.warnings, ...added.filter((warning) => warning.jobName === job.jobName)],
      })),
      warnings: [...iotest.warnings, ...added],
    },
  };
}

function subjectsOf(document: IotestDocument): Subject[] {
  const { iotest } = document;
  const globals = document['global options'] ?? {};
  return iotest.jobs.map((job, index) => ({
    fio: document.jobs[index]!,
    iotest: job,
    step: iotest.steps.find((step) => step.jobIndexes.includes(index)) ?? null,
    targets: iotest.targets.filter((target) => job.files.some((file) => file.path === target.path)),
    machine: iotest.machine,
    isTyped: (option) => option in globals || option in job.options.typedOptions,
  }));
}

/** Engines that operate on files as a whole, or send data elsewhere: what is true of blocks on a disk means nothing there. */
const movesNoBlocks = /^(?:null|(?:io_uring_)?(?:net|(?:file|dir)[a-z]+))$/;

function touchesDevice({ iotest }: Subject): boolean {
  return !movesNoBlocks.test(iotest.options.engine.name) && !iotest.options.engine.nop;
}

/** Single calls that nothing stands between: a lock and its wait belong to the latency. */
function timesCalls({ iotest: { options } }: Subject): boolean {
  const isSingle = options.target.lockFile === 'none' && !isChain(options.engine.chain);
  return isSingle && engineTraits(options.engine.name).rows;
}

function isBuffered({ iotest }: Subject): boolean {
  return !iotest.options.target.direct;
}

/** Whether the page cache may have answered: passthrough commands know none, and uncached I/O leaves nothing in it. */
function usesPageCache(subject: Subject): boolean {
  const { name, uncached } = subject.iotest.options.engine;
  return touchesDevice(subject) && isBuffered(subject) && !engineTraits(name).commands && !uncached;
}

function number(machine: IotestPart['machine'], name: string): number | null {
  return numberOrNull(machine[name]);
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

const total = (fio: FioJob, of: (direction: FioJob['read']) => number) => of(fio.read) + of(fio.write) + of(fio.trim);

/** Bytes that the disks below the job's targets moved while its step ran; null where none is known. */
function diskBytesOf({ step, targets }: Subject): number | null {
  const disks = targets.flatMap(({ queue }) => (queue === null ? [] : [queue.disk]));
  const use = (step?.diskUse ?? []).filter((disk) => disks.includes(disk.name));
  return use.length === 0 ? null : use.reduce((sum, disk) => sum + (disk.readSectors + disk.writeSectors) * 512, 0);
}

const movedText = (bytes: number, diskBytes: number) =>
  `the job moved ${formatBytesIec(bytes)}, the disk ${formatBytesIec(diskBytes)}`;

/** Buffered because nothing was said, on a target with a disk below: the page cache answers instead of the disk. */
const bufferedWithoutDirect: JobRule = (subject) => {
  const { fio, iotest, targets } = subject;
  const wasChosen =
    subject.isTyped('direct') || subject.isTyped('buffered') || engineTraits(iotest.options.engine.name).mapsFiles;
  if (!usesPageCache(subject) || wasChosen) return null;
  const bytes = fio.read.io_bytes + fio.write.io_bytes;
  if (targets.every(({ queue }) => queue === null) || bytes === 0) return null;
  const diskBytes = diskBytesOf(subject);
  const evidence = diskBytes === null ? '' : `: ${movedText(bytes, diskBytes)}`;
  return {
    code: 'buffered-without-direct',
    jobName: iotest.jobName,
    message: `I/O was buffered, so the page cache took part in it${evidence}`,
    advice: 'set direct=1 to measure the disk, or direct=0 to say that the cache is meant',
  };
};

/**
 * Buffered reads of a set that fits into memory: after the first pass nothing but memory is measured. Silent where the
 * disk is seen to have served most of it (the cache is dropped before each pass), and where `bufferedWithoutDirect` speaks.
 */
const workingSetInCache: JobRule = (subject) => {
  const { fio, iotest, machine } = subject;
  if (!usesPageCache(subject) || fio.read.total_ios === 0) return null;
  const available = number(machine, 'memoryAvailableBytes');
  const regionBytes = iotest.files.reduce((sum, file) => sum + (file.kind === 'memory' ? 0 : file.regionBytes), 0);
  if (available === null || regionBytes === 0 || regionBytes >= available) return null;
  const bytes = fio.read.io_bytes + fio.write.io_bytes;
  const diskBytes = diskBytesOf(subject);
  if ((diskBytes !== null && diskBytes > bytes / 2) || bufferedWithoutDirect(subject) !== null) return null;
  const evidence = diskBytes === null ? '' : `: ${movedText(bytes, diskBytes)}`;
  return {
    code: 'working-set-in-cache',
    jobName: iotest.jobName,
    message: `the working set of ${formatBytesIec(regionBytes)} fits into the ${formatBytesIec(available)} of available memory, so reads are answered from there once they were seen${evidence}`,
    advice: 'set direct=1, or a size of several times the memory',
  };
};

/** Below this the time of a thread's start and end, and the clock tick that CPU time is counted in, are much of it. */
const cpuJudgedNsMin = 100e6;
const busyPercent = 95;

/** The submitting thread had no time left: the figure is the processor's, not the device's. */
const submitterCpuBound: JobRule = (subject) => {
  const { fio, iotest } = subject;
  const { engine } = iotest.options;
  const polls = engine.iopoll || engine.highPriority || engine.batchCompleteMin === 0;
  const percent = fio.usr_cpu + fio.sys_cpu;
  if (!touchesDevice(subject) || polls || percent < busyPercent || iotest.elapsedNs < cpuJudgedNsMin) return null;
  if (total(fio, (each) => each.total_ios) === 0) return null;
  return {
    code: 'submitter-cpu-bound',
    jobName: iotest.jobName,
    message: `each worker used ${percent.toFixed(0)} % of a core (user ${fio.usr_cpu.toFixed(0)} %, system ${fio.sys_cpu.toFixed(0)} %), so the processor limits the rate, not the device`,
    advice: 'add workers (numjobs), raise bs, or use io_uring with depth, +fixed or +sqpoll to spend less per I/O',
  };
};

/** Polling was asked for where nothing polls: the kernel falls back in silence for pvsync2. */
const pollingWithoutPollQueue: JobRule = (subject) => {
  const { iotest, targets } = subject;
  const { engine } = iotest.options;
  if (!engine.iopoll && !engine.highPriority) return null;
  const deaf = targets.find(({ queue }) => queue !== null && !queue.polls);
  if (deaf === undefined) return null;
  return {
    code: 'polling-without-poll-queue',
    jobName: iotest.jobName,
    message: `hipri was asked for, but ${deaf.queue!.disk} has no poll queues (queue/io_poll is 0), so its completions came by interrupt`,
    advice: `${pollQueueAdvice(deaf.queue!.driver) ?? 'use a device whose driver polls'}, or drop hipri`,
  };
};

function isPaced({ options: { pacing, thinkTime } }: IotestJob): boolean {
  const hasRate = directions.some((name) => (pacing?.iops[name] ?? 0) > 0 || (pacing?.bytesPerSecond[name] ?? 0) > 0);
  return hasRate || (thinkTime?.pauseMs ?? 0) > 0;
}

/** On the average, of all workers: arrivals times the time that each stays (Little). */
function inFlightOf({ fio, iotest }: Subject): number {
  return total(fio, ({ lat_ns: { mean, N } }) => mean * N) / Math.max(1, iotest.elapsedNs);
}

/** More in flight than the block layer takes: the rest waits in front of it, which is latency of the queue alone. */
const depthAboveQueue: JobRule = (subject) => {
  const { iotest, targets } = subject;
  const depth = (iotest.engine?.depth ?? iotest.options.engine.depth) * iotest.workerCount;
  // With a rate, or pauses, the depth is rarely used up: nothing waits then.
  if (isPaced(iotest) && inFlightOf(subject) <= (subject.targets[0]?.queue?.requestsMax ?? 0)) return null;
  if (!touchesDevice(subject) || isBuffered(subject)) return null;
  // One disk takes all only when it is the only one.
  const queues = targets.flatMap(({ queue }) => (queue === null ? [] : [queue]));
  const [queue] = queues;
  if (queue === undefined || queues.some(({ disk }) => disk !== queue.disk)) return null;
  // Drivers without a request queue (zram, most of dm) say 0: they hold nothing back.
  if (queue.requestsMax === 0 || depth <= queue.requestsMax) return null;
  return {
    code: 'depth-above-queue',
    jobName: iotest.jobName,
    message: `${depth} requests in flight are more than the ${queue.requestsMax} (nr_requests) that ${queue.disk} takes at a time, so part of the latency is waiting in front of it`,
    advice: `use iodepth x numjobs of at most ${queue.requestsMax}, or raise /sys/block/${queue.disk}/queue/nr_requests`,
  };
};

const rulerShareMax = 0.05;

/** Our own loop and clock are a visible part of what was measured: not of calls, each of which is timed at its edges. */
const rulerSignificant: JobRule = (subject) => {
  const { fio, iotest } = subject;
  if (!touchesDevice(subject) || iotest.clock === null || timesCalls(subject)) return null;
  const samples = total(fio, (each) => each.lat_ns.N);
  if (samples === 0) return null;
  const meanNs = total(fio, (each) => each.lat_ns.mean * each.lat_ns.N) / samples;
  const ownNs = iotest.clock.readNs + iotest.clock.loopNsPerIo;
  if (meanNs <= 0 || ownNs / meanNs <= rulerShareMax) return null;
  return {
    code: 'ruler-significant',
    jobName: iotest.jobName,
    message: `measuring took about ${formatLatencyNs(ownNs)} per I/O (clock and loop), ${((ownNs / meanNs) * 100).toFixed(0)} % of the mean latency of ${formatLatencyNs(meanNs)}`,
    advice: 'compare such figures only with others of this tool on this machine; a larger bs makes the share smaller',
  };
};

const foreignShareMax = 0.25;
const foreignBytesMin = 4 * 1024 * 1024;

/** The disk did clearly more than we asked of it. Only for direct I/O: buffered I/O is not what reaches the disk. */
const otherIoOnDisk = (document: IotestDocument): Warning[] => {
  const subjects = subjectsOf(document);
  return document.iotest.steps.flatMap((step) => {
    const mine = step.jobIndexes.map((index) => subjects[index]!);
    const onOneDisk = step.diskUse.length === 1;
    if (!onOneDisk || mine.length === 0 || mine.some((subject) => !touchesDevice(subject) || isBuffered(subject)))
      return [];
    // With a ramp the disk's counters began before ours.
    if (mine.some(({ iotest }) => iotest.options.schedule.rampMs > 0 || iotest.options.schedule.rampBytes > 0))
      return [];
    const disk = step.diskUse[0]!;
    const ourBytes = mine.reduce((sum, { fio }) => sum + fio.read.io_bytes + fio.write.io_bytes, 0);
    const diskBytes = (disk.readSectors + disk.writeSectors) * 512;
    const foreignBytes = diskBytes - ourBytes;
    if (foreignBytes < foreignBytesMin || foreignBytes < ourBytes * foreignShareMax) return [];
    return [
      {
        code: 'other-io-on-disk',
        jobName: null,
        message: `${disk.name} moved ${formatBytesIec(diskBytes)} while the jobs on ${step.engineLabel} moved ${formatBytesIec(ourBytes)}: something else was using it`,
        advice: 'find it (iotop, pidstat -d), stop it, and run again',
      },
    ];
  });
};

const ioPressureMax = 10;

/** Of a machine as it is, or as a result has it. */
type BusyFields = Readonly<Partial<Record<'loadAverage' | 'cpuCount' | 'ioPressurePercent', unknown>>>;

/** Somebody else was using the processors or the disks when the run began. */
export function busyWarnings(machine: BusyFields): Warning[] {
  const warnings: Warning[] = [];
  const { loadAverage } = machine;
  const load = typeof loadAverage === 'string' ? Number(loadAverage.split(' ')[0]) : Number.NaN;
  const cpuCount = numberOrNull(machine.cpuCount);
  const advice = 'wait until the machine is idle, and run again';
  if (cpuCount !== null && load >= Math.max(1, cpuCount * 0.5)) {
    const message = `the load average was ${load.toFixed(1)} on ${cpuCount} CPUs when the run began, so other work may have slowed it`;
    warnings.push({ code: 'busy-machine', jobName: null, message, advice });
  }
  const ioPressure = numberOrNull(machine.ioPressurePercent);
  if (ioPressure !== null && ioPressure >= ioPressureMax) {
    const message = `in the 10 s before the run tasks waited for I/O ${ioPressure.toFixed(0)} % of the time (PSI), so other I/O may have slowed it`;
    warnings.push({ code: 'busy-disks', jobName: null, message, advice });
  }
  return warnings;
}

const busyMachine = ({ iotest }: IotestDocument): Warning[] => busyWarnings(iotest.machine);

/** A limit of the container or service that this ran in; what was measured may be the limit. */
const limitedByCgroup = ({ iotest }: IotestDocument): Warning[] => {
  const { cgroupCpuMax, cgroupIoMax } = iotest.machine;
  const limits = [
    { name: 'cpu.max', value: cgroupCpuMax },
    { name: 'io.max', value: cgroupIoMax },
  ].filter(({ value }) => typeof value === 'string' && value !== '' && !value.startsWith('max'));
  return limits.map(({ name, value }) => ({
    code: 'limited-by-cgroup',
    jobName: null,
    message: `the control group of this process has ${name} "${String(value).replaceAll('\n', '; ')}", which may be what was measured`,
    advice: 'run outside the container or service, or raise its limit',
  }));
};

/** Those that are read without entering the kernel (vDSO), on the architectures that have them. */
const fastClockSources = ['tsc', 'kvm-clock', 'arch_sys_counter', 'hyperv_clocksource_tsc_page', 'timebase', 'tod'];

/** A clock that costs a system call, or an access to a slow device, for each reading. */
const slowClock = ({ iotest }: IotestDocument): Warning[] => {
  const source = iotest.machine.clocksource;
  if (typeof source !== 'string' || fastClockSources.includes(source)) return [];
  const readNs = Math.max(0, ...iotest.jobs.map((job) => job.clock?.readNs ?? 0));
  return [
    {
      code: 'slow-clock',
      jobName: null,
      message: `the kernel's clock source is ${source}${readNs > 0 ? `, at ${formatLatencyNs(readNs)} a reading` : ''}: latencies are coarser and the loop slower than with tsc`,
      advice:
        'see /sys/devices/system/clocksource/clocksource0/available_clocksource, and dmesg for why tsc was given up',
    },
  ];
};

/** The processor may have run at a fraction of its speed between requests. */
const powerSaving = ({ iotest }: IotestDocument): Warning[] => {
  const governor = iotest.machine.governor;
  if (governor !== 'powersave') return [];
  return [
    {
      code: 'power-saving',
      jobName: null,
      message: 'the CPU frequency governor is powersave: each latency contains the processor waking up and speeding up',
      advice: 'cpupower frequency-set -g performance, for runs that are to be compared',
    },
  ];
};

/** The job ran to its end without becoming steady: what follows a ramp may look otherwise. */
const steadyStateNotAttained: JobRule = ({ fio, iotest }) => {
  const { steadystate } = fio;
  if (steadystate === undefined || steadystate.attained === 1 || iotest.ended === 'unstarted') return null;
  return {
    code: 'steady-state-not-attained',
    jobName: iotest.jobName,
    message: `the steady state was not attained: ${iotest.steadyState === undefined ? steadyStateText(steadystate) : sniaText(iotest.steadyState)}`,
    advice:
      iotest.steadyState === undefined
        ? 'give it more runtime, a shorter steadystate_duration, or a wider limit'
        : 'precondition the region (precondition=2x), look for other work on the machine, or make the rounds longer (steadystate_check_interval)',
  };
};

/** What was to be settled first was not. */
function preconditionNotSteady({ iotest }: IotestDocument): Warning[] {
  return (iotest.preconditioning ?? []).flatMap((part) => {
    if (part.ended !== 'not steady' && part.ended !== 'failed') return [];
    return [
      {
        code: 'precondition-not-steady',
        jobName: part.jobNames.length === 1 ? part.jobNames[0]! : null,
        message: preconditionText(part),
        advice: 'what was measured may still drift: look at the series, and give it more rounds or longer ones',
      },
    ];
  });
}

const jobRules: readonly JobRule[] = [
  steadyStateNotAttained,
  bufferedWithoutDirect,
  workingSetInCache,
  submitterCpuBound,
  pollingWithoutPollQueue,
  depthAboveQueue,
  rulerSignificant,
  rateNotHeld,
];

const runRules: readonly ((document: IotestDocument) => Warning[])[] = [
  preconditionNotSteady,
  otherIoOnDisk,
  busyMachine,
  limitedByCgroup,
  slowClock,
  powerSaving,
];
