/**
 * Why a job was fast or slow: one table of rules over what was measured. A rule that lacks its measurement stays silent;
 * engines are compared only where both ran in this invocation and differ for certain (difference.ts).
 */

import { pollQueueAdvice } from '../support/poll-queue-parameters.js';
import { formatBytesIec, formatCount, formatLatencyNs } from '../support/units.js';
import { differenceOf, inFlightOf, ioCountOf, meanLatencyNs } from './difference.js';
import { puntingRules } from './punting-rules.js';
import {
  cpus,
  depthOf,
  engineOf,
  type Finding,
  fasterBlocking,
  isChained,
  isDirect,
  isFileOperation,
  isNetwork,
  isRing,
  percent,
  queueOf,
  type Rule,
} from './rule.js';
import { type Scene, sharesOf } from './scene.js';

/** Of what the job read, the share that the disk read for it from which on the page cache did not serve it. */
const coldShare = 0.5;

const inlineBuffered: Rule = {
  code: 'inline-buffered-reads',
  find: (scene) => {
    const { fio } = scene.pair;
    const share = sharesOf(scene.work)?.inline ?? 0;
    const { enterCount, ioCount } = scene.work;
    if (isDirect(scene) || isNetwork(scene) || fio.read.total_ios < ioCountOf(scene.pair) * 0.9 || share < 0.95)
      return null;
    const faster = fasterBlocking(scene);
    const calls = enterCount === null || ioCount === 0 ? '' : `; ${(enterCount / ioCount).toFixed(2)} calls per I/O`;
    const { diskReadBytes } = scene;
    const isCold = diskReadBytes !== null && diskReadBytes > fio.read.io_bytes * coldShare;
    const moved =
      diskReadBytes === null
        ? ''
        : `; the job read ${formatBytesIec(fio.read.io_bytes)}, the disk ${formatBytesIec(diskReadBytes)}`;
    const what = isCold
      ? 'buffered reads of what was not in the page cache complete inline all the same: read-ahead reads the disk while they are submitted'
      : 'buffered reads complete inline, while they are submitted: io_uring saves only the system call';
    return {
      sentence: `${what}${faster === null ? '' : `, and ${faster}`}`,
      evidence: `${percent(share)} completed inline${isCold || diskReadBytes === null ? '' : ', from the page cache'}${moved}${calls}`,
      advice: isCold ? 'set direct=1 to have as many in flight as iodepth says' : 'set direct=1 to measure the device',
    };
  },
};

const waitingBuffered: Rule = {
  code: 'buffered-reads-wait',
  find: (scene) => {
    const { fio } = scene.pair;
    const share = sharesOf(scene.work)?.taskWork ?? 0;
    const isMostlyReads = fio.read.total_ios >= ioCountOf(scene.pair) * 0.9;
    if (isDirect(scene) || isNetwork(scene) || isFileOperation(scene) || !isMostlyReads || share < 0.5) return null;
    const { diskReadBytes } = scene;
    if (diskReadBytes === null || diskReadBytes < fio.read.io_bytes * coldShare) return null;
    const why = engineOf(scene).uncached ? ', which uncached=1 leaves empty behind each of them' : '';
    return {
      sentence: `${percent(share)} of the buffered reads waited for the disk without a worker, by its interrupt: they were not in the page cache${why}`,
      evidence: `${percent(share)} completed as task work; the job read ${formatBytesIec(fio.read.io_bytes)}, the disk ${formatBytesIec(diskReadBytes)}`,
      advice: 'direct=1 does the same without copying through the cache',
    };
  },
};

const sqpollCost: Rule = {
  code: 'sqpoll-cost',
  find: (scene) => {
    const { sqThreads } = scene.work;
    const { elapsedNs } = scene.pair.iotest;
    if (sqThreads === null || sqThreads.cpuNs < elapsedNs * 0.1) return null;
    const label = scene.variant.replace('+sqpoll', '');
    const without = scene.others.find(({ variant }) => variant === label);
    const latency = without === undefined ? null : differenceOf('latency', scene.runs, without.runs);
    const cost = `SQPOLL cost ${cpus(sqThreads.cpuNs, scene)} CPUs`;
    const work =
      sqThreads.workNs === null ? '' : `, ${percent(Math.min(1, sqThreads.workNs / sqThreads.cpuNs))} of it with work`;
    const evidence = `${sqThreads.threadCount === 1 ? 'the submission thread' : `${sqThreads.threadCount} submission threads`} used ${formatLatencyNs(sqThreads.cpuNs)} of CPU in ${formatLatencyNs(elapsedNs)}${work}`;
    if (latency === null) {
      const gain = without === undefined ? '' : `, and the latency is not certainly another than that of ${label}`;
      return {
        sentence: `${cost}${gain}`,
        evidence,
        advice:
          without === undefined
            ? `run it beside --engine ${label} to see what it gains`
            : 'leave +sqpoll off: what it costs is not paid back here',
      };
    }
    const gained = latency.other - latency.own;
    const figures = `${formatLatencyNs(latency.own)} against ${formatLatencyNs(latency.other)} of ${label}`;
    return {
      sentence: `${cost} for ${formatLatencyNs(Math.abs(gained))} ${gained > 0 ? 'less' : 'more'} mean latency (${figures})`,
      evidence,
      advice:
        gained > 0
          ? 'it pays where that CPU has nothing else to do; sqthread_poll_cpu keeps it away from the others'
          : 'leave +sqpoll off here',
    };
  },
};

const sqpollSleeps: Rule = {
  code: 'sqpoll-sleeps',
  find: ({ work }) => {
    if (work.sqThreads === null || work.ioCount === 0 || work.wakeupCount < work.ioCount * 0.1) return null;
    return {
      sentence: `the submission thread slept and had to be woken for ${percent(Math.min(1, work.wakeupCount / work.ioCount))} of the I/Os, so SQPOLL saved no system call there`,
      evidence: `${formatCount(work.wakeupCount)} wake-ups for ${formatCount(work.ioCount)} I/Os`,
      advice: 'leave +sqpoll off for I/O that comes this rarely',
    };
  },
};

/** Threads that share CPUs never reach a whole one each; so busy they have none to spare. */
const busyShare = 0.8;

const sqpollShortOfCpus: Rule = {
  code: 'sqpoll-short-of-cpus',
  find: (scene) => {
    const { sqThreads } = scene.work;
    if (sqThreads === null || scene.cpuCount === null || sqThreads.threadCount === 0) return null;
    const wanted = scene.stepWorkerCount + sqThreads.threadCount;
    const { involuntarySwitchCount, userNs, systemNs } = scene.pair.iotest.cpu;
    const busyNs = userNs + systemNs + sqThreads.cpuNs;
    if (wanted <= scene.cpuCount || busyNs < scene.pair.iotest.elapsedNs * scene.cpuCount * busyShare) return null;
    return {
      sentence: `${wanted} threads used ${cpus(busyNs, scene)} of ${scene.cpuCount} CPUs: submitting and polling threads displace each other`,
      evidence: `${scene.stepWorkerCount} workers and ${sqThreads.threadCount} submission threads; ${formatCount(involuntarySwitchCount)} involuntary switches of the workers`,
      advice: `use numjobs of at most ${Math.max(1, Math.floor(scene.cpuCount / 2))} with +sqpoll, or leave it off`,
    };
  },
};

const interruptsOnly: Rule = {
  code: 'no-poll-queues',
  find: (scene) => {
    const share = sharesOf(scene.work)?.taskWork ?? 0;
    const queue = queueOf(scene);
    const latency = meanLatencyNs(scene.pair);
    const advice = queue === null || queue.polls ? null : pollQueueAdvice(queue.driver);
    // Where the device takes longer, the interrupt is no visible part of it.
    if (share < 0.5 || !isDirect(scene) || advice === null || latency === null || latency > 500_000) return null;
    return {
      sentence: `${queue!.disk} has no poll queues, so completions came by interrupt`,
      evidence: `${percent(share)} completed as task work after an interrupt; queue/io_poll is 0; the driver is ${queue!.driver}`,
      advice: `${advice}, then run --engine io_uring+iopoll beside this`,
    };
  },
};

const pollingCost: Rule = {
  code: 'polling-cost',
  find: (scene) => {
    const share = sharesOf(scene.work)?.polled ?? 0;
    const { cpu, elapsedNs, workerCount } = scene.pair.iotest;
    const busyNs = cpu.userNs + cpu.systemNs + (scene.work.sqThreads?.cpuNs ?? 0);
    if (share < 0.9 || busyNs < elapsedNs * workerCount * 0.5) return null;
    const label = scene.variant.replace('+iopoll', '');
    const without = scene.others.find(({ variant }) => variant === label);
    const latency = without === undefined ? null : differenceOf('latency', scene.runs, without.runs);
    const change =
      latency === null
        ? ''
        : ` for ${formatLatencyNs(Math.abs(latency.other - latency.own))} ${latency.own < latency.other ? 'less' : 'more'} mean latency than ${label}`;
    return {
      sentence: `polling took ${cpus(busyNs, scene)} CPUs${change}`,
      evidence: `${percent(share)} of the completions were found by polling`,
      advice: latency !== null && latency.own > latency.other ? 'leave +iopoll off here' : null,
    };
  },
};

const notRegistered: Rule = {
  code: 'not-registered',
  find: ({ pair }) => {
    const refused =
      pair.iotest.engine?.fallbacks.filter(({ asked }) => /^(fixedbufs|registerfiles)$/.test(asked)) ?? [];
    if (refused.length === 0) return null;
    return {
      sentence: `${refused.map(({ asked }) => asked).join(' and ')} ${refused.length === 1 ? 'was' : 'were'} not granted, so each request paid for its pages or its file`,
      evidence: refused.map(({ reason }) => reason).join('; '),
      advice: refused[0]!.advice,
    };
  },
};

const convoy: Rule = {
  code: 'convoy',
  find: (scene) => {
    const { batchSubmit } = engineOf(scene);
    const shares = sharesOf(scene.work);
    const depth = depthOf(scene);
    const { enterCount, ioCount } = scene.work;
    if (shares === null || shares.taskWork + shares.polled < 0.5 || enterCount === null || enterCount === 0)
      return null;
    const perEnter = ioCount / enterCount;
    if (batchSubmit === null || depth < 4 || batchSubmit < depth / 2 || perEnter < depth * 0.4) return null;
    return {
      sentence: `requests go and come in a convoy of ${perEnter.toFixed(1)}: while one batch is handed over, the device runs empty`,
      evidence: `${perEnter.toFixed(1)} completions per call at depth ${depth}, with iodepth_batch=${batchSubmit}`,
      advice: 'leave iodepth_batch out (iotest then submits a device two at a time), or set it to a quarter of iodepth',
    };
  },
};

const oneByOne: Rule = {
  code: 'one-call-per-io',
  find: (scene) => {
    const { enterCount, ioCount } = scene.work;
    // What is in flight is measured: a job with a rate rarely has as many as its iodepth.
    const inFlight = inFlightOf(scene.pair);
    if (!isRing(scene) || isChained(scene) || enterCount === null || ioCount === 0 || enterCount < ioCount * 0.9)
      return null;
    if (depthOf(scene) < 4 || inFlight === null || inFlight < 4) return null;
    return {
      sentence: `io_uring entered the kernel once per I/O, as often as a synchronous call would, although ${inFlight.toFixed(1)} were in flight`,
      evidence: `${(enterCount / ioCount).toFixed(2)} calls per I/O; in flight on the average: IOPS times mean latency`,
      advice: 'iodepth_batch_complete_min=4 waits for several at once: fewer calls, and somewhat more latency',
    };
  },
};

const completionOverflow: Rule = {
  code: 'cq-overflow',
  find: ({ work }) => {
    const lost = work.paths?.overflowed ?? 0;
    if (work.overflowCount === 0 && lost === 0) return null;
    return {
      sentence: 'the completion queue ran full, and completions had to be fetched with calls of their own',
      evidence: `${lost > 0 ? `${formatCount(lost)} completions found it full; ` : ''}${formatCount(work.overflowCount)} extra calls`,
      advice: 'reap more at a time (iodepth_batch_complete_max), or lower iodepth',
    };
  },
};

const refusedSubmissions: Rule = {
  code: 'submission-refused',
  find: ({ work }) => {
    if (work.retryCount === 0) return null;
    return {
      sentence: 'the kernel refused submissions for want of resources, and they were tried again',
      evidence: `${formatCount(work.retryCount)} calls gave EAGAIN or EBUSY`,
      advice: 'lower iodepth or numjobs, or free memory',
    };
  },
};

const sleepsPerIo: Rule = {
  code: 'sleep-per-io',
  find: (scene) => {
    const { switchCount, ioCount, sqThreads } = scene.work;
    const latency = meanLatencyNs(scene.pair);
    if (depthOf(scene) !== 1 || ioCount === 0 || latency === null || sqThreads !== null) return null;
    if (switchCount < ioCount * 0.9 || latency > 100_000) return null;
    return {
      sentence:
        'the thread went to sleep and was woken again for every I/O, which is a visible part of so short a latency',
      evidence: `${(switchCount / ioCount).toFixed(2)} context switches per I/O at a mean latency of ${formatLatencyNs(latency)}`,
      advice: isNetwork(scene)
        ? 'the answer is what is waited for; several connections (numjobs) keep the CPU busy meanwhile'
        : 'more depth shares a wake-up among several I/Os; polling (io_uring+iopoll, hipri) does without, where the device has poll queues',
    };
  },
};

const nothingToBatch: Rule = {
  code: 'nothing-to-batch',
  find: (scene) => {
    const punted = sharesOf(scene.work)?.worker ?? 0;
    if (!isRing(scene) || isChained(scene) || depthOf(scene) !== 1 || punted >= 0.2) return null;
    const faster = fasterBlocking(scene);
    if (faster === null) return null;
    return {
      sentence: `at depth 1 there is nothing that a ring could batch: ${faster}`,
      evidence: 'both ran in this invocation, and their rates do not overlap',
      advice: 'use the synchronous engine at depth 1',
    };
  },
};

const tracingVisible: Rule = {
  code: 'tracing-visible',
  find: ({ work, pair }) => {
    const latency = meanLatencyNs(pair);
    const cost = work.tracingNsPerIo;
    if (cost === null || latency === null || latency <= 0 || cost / latency < 0.05) return null;
    return {
      sentence: `counting took part in it: about ${formatLatencyNs(cost)} per I/O, ${percent(cost / latency)} of the mean latency`,
      evidence: `measured on NOPs before the run; mean latency ${formatLatencyNs(latency)}`,
      advice: 'take rates and latencies from a run without --explain',
    };
  },
};

/** In the order in which they are told. */
export const rules: readonly Rule[] = [
  ...puntingRules,
  inlineBuffered,
  waitingBuffered,
  sqpollCost,
  sqpollSleeps,
  sqpollShortOfCpus,
  interruptsOnly,
  pollingCost,
  notRegistered,
  convoy,
  oneByOne,
  sleepsPerIo,
  nothingToBatch,
  completionOverflow,
  refusedSubmissions,
  tracingVisible,
];

/** What holds in most of the repetitions of one job in one way, with the words of the first that shows it. */
export function findingsOf(scenes: readonly Scene[]): (Finding & { readonly code: string })[] {
  return rules.flatMap(({ code, find }) => {
    const found = scenes.map(find).filter((finding) => finding !== null);
    return found.length * 2 > scenes.length ? [{ code, ...found[0]! }] : [];
  });
}
