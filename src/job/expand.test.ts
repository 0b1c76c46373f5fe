/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is the job file's syntax */
import { describe, expect, it } from 'vitest';
import { type Problem, UserError } from '../support/errors.js';
import { applyEngineLabel } from './engine-label.js';
import { type JobFileSettings, type ParsedJobFile, parseJobFile } from './expand.js';
import type { Job } from './job.js';

const settings: JobFileSettings = { overrides: [], sections: [], environment: {}, cpuCount: 4, pageBytes: 4096 };

function parse(text: string, changes: Partial<JobFileSettings> = {}): ParsedJobFile {
  return parseJobFile(text, 'job.ini', { ...settings, ...changes });
}

function set(...texts: string[]): Pick<JobFileSettings, 'overrides'> {
  return {
    overrides: texts.map((text) => {
      const [key, value] = text.split('=') as [string, string | undefined];
      return { key, value: value ?? null, label: '--set' };
    }),
  };
}

function jobOf(options: string, changes: Partial<JobFileSettings> = {}): Job {
  return parse(`[a]\n${options}\n`, changes).jobSet.jobs[0]!;
}

function problemsOf(text: string, changes: Partial<JobFileSettings> = {}): readonly Problem[] {
  try {
    parse(text, changes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems;
  }
  return [];
}

/** As people see them: place, message, the line with a caret, advice. */
function report(text: string, changes: Partial<JobFileSettings> = {}): string {
  return problemsOf(text, changes)
    .map(({ place, message, advice }) => {
      const where = place === null ? '' : `${place.file}:${place.line}:${place.column}: `;
      const caret = place === null ? '' : `\n  ${place.text}\n  ${' '.repeat(place.column - 1)}^`;
      return `${where}${message}${caret}${advice === null ? '' : `\n  ${advice}`}`;
    })
    .join('\n');
}

const errorsOf = (text: string) => problemsOf(text).map(({ message }) => message);

const warningsOf = (text: string, changes: Partial<JobFileSettings> = {}) =>
  parse(text, changes).warnings.map(({ code, message }) => `${code}: ${message}`);

describe('mistakes', () => {
  it('are all reported at once, in the order of the lines, with place, caret and advice', () => {
    const text = '[global]\nbs=4x\n[a]\niodpeth=32\n  rw = readwrit\ndirect=yes\nverify=md6\nruntime=10x\n[b]\nhipri\n';
    expect(report(text)).toBe(
      [
        'job.ini:2:5: bs: "4x" has an unknown suffix "x"',
        '  bs=4x',
        '      ^',
        '  the suffixes are k, m, g, t and p, as in 4k',
        'job.ini:4:1: unknown option "iodpeth"',
        '  iodpeth=32',
        '  ^',
        '  did you mean "iodepth"?',
        'job.ini:5:8: rw: "readwrit" is not one of its values',
        '    rw = readwrit',
        '         ^',
        '  did you mean "readwrite"?',
        'job.ini:6:8: direct: "yes" is neither 0 nor 1',
        '  direct=yes',
        '         ^',
        '  write 1',
        'job.ini:7:8: verify: "md6" is not one of its values',
        '  verify=md6',
        '         ^',
        '  did you mean "md5"?',
        'job.ini:8:11: runtime: "10x" has an unknown unit "x"',
        '  runtime=10x',
        '            ^',
        '  the units are us, ms, s, m (minutes), h and d, as in 30s',
        'job.ini:10:1: option "hipri" belongs to io_uring, io_uring_cmd and pvsync2, not to psync',
        '  hipri',
        '  ^',
        '  write ioengine=io_uring, or leave hipri out',
      ].join('\n'),
    );
  });

  it('names the engine that foreign options belong to, once a job', () => {
    expect(errorsOf('[a]\nsize=1m\nrbdname=x\npool=y\nclientname=z\n[b]\nsize=1m\ninitiator=x\n')).toEqual([
      'rbdname, pool, clientname belong to ioengine=rbd, which is not in iotest',
      'initiator belongs to ioengine=libiscsi, which is not in iotest',
    ]);
    expect(errorsOf('[a]\nsize=1m\nioengine=rbd\nrbdname=x\npool=y\n')).toEqual([
      'ioengine: "rbd" is not supported yet',
    ]);
  });

  it('takes values that ask for nothing, however they are written', () => {
    const idle = [
      ...['max_open_zones=0', 'job_max_open_zones=0x0', 'read_beyond_wp=0', 'zone_reset_threshold=0.0', 'gtod_cpu=0'],
      ...[
        'clocksource=gettimeofday',
        'clocksource=cpu',
        'ioscheduler=none',
        'cgroup_weight=500',
        'num_range=1',
        'fdp=0',
      ],
      ...['dataplacement=none', 'unique_filename=0', 'block_error_percentiles=0', 'sprandom=0', 'read_iolog_chunked=0'],
      ...['thread=4', 'thread=12', 'group_reporting=7', 'norandommap=2', 'time_based=0', 'numa_mem_policy=default'],
    ];
    for (const line of idle) expect(errorsOf(`[a]\nsize=1m\n${line}\n`), line).toEqual([]);
    for (const line of ['write_zone_remainder=1', 'gtod_cpu=1', 'fdp=1', 'num_range=2', 'direct=2']) {
      expect(errorsOf(`[a]\nsize=1m\n${line}\n`), line).toHaveLength(1);
    }
  });

  it('takes what says nothing as if it were not said, where fio does', () => {
    const { workload, errors, continueOnError, pacing, thinkTime, process } = jobOf(
      'bs=8k\nloops=0\nbssplit=0\nignore_error=\nrate_cycle=0\nthinktime=1\nthinktime_blocks=0\nhugepage-size=0',
    );
    expect(workload).toMatchObject({
      loops: 1,
      blockBytes: { read: 8192 },
      sizes: { split: { read: null, write: null } },
    });
    expect([errors.ignoredErrnos.read, continueOnError.read]).toEqual([null, false]);
    expect([pacing.cycleMs, thinkTime.blockCount, process.hugePageBytes]).toEqual([1, null, null]);
    expect(jobOf('bsrange=4k-8k\nbssplit=0').workload.sizes.range.read).toEqual({ min: 4096, max: 8192 });
    expect(jobOf('bssplit=\nbwavgtime=0').measure.bandwidthWindowMs).toBe(250);
    expect(jobOf('bssplit=0,8k').workload.sizes.split).toMatchObject({
      read: null,
      write: [{ bytes: 8192, percent: 100 }],
    });
    const prioritized = jobOf('ioengine=io_uring\ndirect=1\ncmdprio_bssplit=0').engine.commandPriority;
    expect(prioritized?.split).toEqual({ read: [], write: [] });
  });

  it('cuts fractions off where fio does, and says so', () => {
    const { workload, thinkTime, engine } = jobOf(
      'rwmixwrite=12.5\nthinktime=1.5\niodepth=4.7\nioengine=libaio\ndirect=1',
    );
    expect([workload.readPercent, thinkTime.pauseMs, engine.depth]).toEqual([88, 0.001, 4]);
    const cut = expect.stringMatching(/^fraction-cut: .*"12\.5" is 12: as with fio/);
    expect(warningsOf('[a]\nrwmixwrite=12.5\n')).toEqual([cut]);
    expect(warningsOf('[a]\nrwmixwrite=12.0\n')).toEqual([]);
  });

  it('says nothing of the options of an engine that is refused', () => {
    const problems = problemsOf('[a]\nioengine=rdma\nport=7777\nsize=1m\n[b]\nport=7777\nsize=1m\n');
    expect(problems.map(({ place, message }) => [place!.line, message])).toEqual([
      [2, 'ioengine: "rdma" is not supported yet'],
      [6, 'option "port" belongs to net and io_uring_net, not to psync'],
    ]);
  });

  it.each([
    ['iodepth=0', 'iodepth: 0 is too small', 'the smallest value is 1'],
    [
      'iodepth=10000000000',
      'iodepth: 10000000000 is too large',
      'the largest value is 65536 (an io_uring completion queue has no more entries)',
    ],
    [
      'numjobs=10000000000',
      'numjobs: 10000000000 is too large',
      'the largest value is 1024 (each is a thread with its own memory)',
    ],
    ['rw=randrw:0', 'rw: 0 is too small', 'the smallest value is 1'],
    ['rw=raed:8k', 'rw: "raed" is not one of its values', 'did you mean "read"?'],
    [
      'ioengine=posixaio',
      'ioengine: "posixaio" is not supported yet',
      'take io_uring, or libaio with direct=1: the kernel does what glibc has threads for',
    ],
    ['ioengine=io_urng', 'ioengine: "io_urng" is not one of its values', 'did you mean "io_uring"?'],
    [
      'bs=1k-4k',
      'bs: "1k-4k" is not a range here',
      'for sizes drawn from a range, write bsrange=1k-4k; for reads and writes of different size, write bs=1k,4k',
    ],
    [
      'size=${SURELY_UNSET}',
      'size: has no value: SURELY_UNSET is not set in the environment',
      'set it, as SURELY_UNSET=… iotest run job.ini, or: write a value: 1g',
    ],
    ['size', 'size: has no value', 'write a value: 1g'],
    ['size=0%', 'size: 0% of a file is nothing', 'write more than 0%, or leave it out'],
    ['iomem_align=1000', 'iomem_align: 1000 is not a power of two', 'write 4096, for example'],
    ['rwmixread=101', 'rwmixread: 101 is too large', 'the largest value is 100'],
    ['filetype=blok', 'filetype: "blok" is not one of its values', 'did you mean "block"?'],
    [
      'random_distribution=zipf:1',
      'random_distribution: zipf:1 is impossible: a theta of exactly 1 has no sum',
      'write zipf:1.1 or zipf:1.1:0.5',
    ],
    ['bssplit=4k/60:8k/60', 'bssplit: the shares add up to 120%, more than 100%', 'lower them until they make 100'],
    [
      'bssplit=4k/10:8k/20',
      'bssplit: the shares add up to 30%, not 100%',
      'raise one by 70, or leave one blank for what is left',
    ],
    ['zonemode=strided', 'zonemode: zonemode=strided needs a zonesize', 'write zonesize=1m, for example'],
    [
      'verify=sha512\nbs=128',
      'verify: header and checksum of sha512 take 176 bytes: a part of 128 bytes cannot hold them',
      'use bs (or verify_interval) of at least 176',
    ],
    [
      'verify=md5\nbs=4k\nverify_interval=3000',
      'verify_interval: parts of 3000 bytes do not divide blocks of 4096',
      'write a divisor of 4096',
    ],
    [
      'verify=md5\nverify_offset=40',
      'verify_offset: header and checksum of md5 take 64 bytes, and would lie over themselves at 40',
      'write verify_offset=64 or more',
    ],
    [
      'verify=md5\nverify_offset=4080',
      'verify_offset: header and checksum of md5 take 64 bytes, and verify_offset=4080: a part of 4096 bytes cannot hold them',
      'use bs (or verify_interval) of at least 4144',
    ],
    ['verify=pattern', 'verify: verify=pattern needs a pattern', 'set verify_pattern=0xdeadbeef, for example'],
    ['verify=md5\nverify_pattern=""', 'verify_pattern: there is nothing between the "', expect.any(String)],
    [
      'verify=md5\nioengine=filecreate',
      'verify: filecreate moves no data to a place from which it could be read back',
      'use an engine that reads and writes, as io_uring, or leave out verify',
    ],
    ['verifyx=md5', 'unknown option "verifyx"', 'did you mean "verify"?'],
    [
      'ioengine=mmap\nthp=1',
      '"thp=1" is not supported: fio then maps files privately, and what is written never reaches them',
      'leave it out',
    ],
    [
      'ioengine=io_uring\nsqthread_poll=1\nsqthread_poll_cpu=4',
      'sqthread_poll_cpu: there is no CPU 4',
      'this machine has the CPUs 0 to 3',
    ],
    ['bwavgtime=0.5', 'bwavgtime: 0.5 is not a whole number of milliseconds', 'write 500, for example'],
    ['rw read', 'unknown option "rw read"', 'write name=value, each option on its own line'],
  ])('%s', (options, message, advice) => {
    expect(problemsOf(`[a]\n${options}\n`)).toMatchObject([{ message, advice }]);
  });

  it('of [global] and of the command line are reported once, whatever the number of jobs', () => {
    expect(problemsOf('[global]\nfixedbufs\nbs=x\n[a]\n[b]\n')).toHaveLength(2);
    expect(problemsOf('[a]\n[b]\n', set('iodepth=x'))).toMatchObject([
      { message: 'iodepth: "x" is not a number', place: { file: '--set', line: 0, column: 9, text: 'iodepth=x' } },
    ]);
  });

  it.each(['', '; nothing\n', '[global]\nrw=read\n'])('of a file without a job: %j', (text) => {
    expect(problemsOf(text)).toMatchObject([{ place: null, message: 'there is no job in job.ini' }]);
  });

  it('of a jump in clones end before memory does', () => {
    const text = `[global]\nnumjobs=1024\n${Array.from({ length: 200 }, (_, index) => `[j${index}]`).join('\n')}\n`;
    expect(problemsOf(text)[0]!.message).toMatch(/^more than 16384 jobs with their clones$/);
  });
});

describe('sections', () => {
  it('globals add up and count for the jobs below only', () => {
    const { jobSet } = parse('[a]\n[global]\nbs=8k\niodepth=4\n[b]\nbs=16k\n[globals]\niodepth=8\n[c]\n');
    expect(jobSet.jobs.map((job) => [job.name, job.workload.blockBytes.read, job.engine.depth])).toEqual([
      ['a', 4096, 1],
      ['b', 16384, 4],
      ['c', 8192, 8],
    ]);
    expect(jobSet.globalOptions).toEqual({ bs: '8k', iodepth: '8' });
    expect(jobSet.jobs[1]!.typedOptions).toEqual({ bs: '16k' });
  });

  it('of the same name are separate jobs; `name` renames', () => {
    const { jobSet } = parse('[a]\n[a]\nname=b\n');
    expect(jobSet.jobs.map(({ name, source }) => [name, source.section, source.line])).toEqual([
      ['a', 'a', 1],
      ['b', 'a', 2],
    ]);
  });

  it('have names of their own, whatever [global] says', () => {
    const { jobSet, warnings } = parse('[global]\nname=x\n[a]\n[b]\nname=c\n');
    expect(jobSet.jobs.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(warnings.map(({ code }) => code)).toEqual(['name-of-nobody']);
  });

  it('can be chosen, and those left out are not checked', () => {
    const text = '[global]\nbs=8k\n[a]\n[b]\nrubbish=1\n[a]\nstonewall\n';
    expect(parse(text, { sections: ['a'] }).jobSet.jobs.map(({ name, groupIndex }) => [name, groupIndex])).toEqual([
      ['a', 0],
      ['a', 1],
    ]);
    expect(report(text, { sections: ['random'] })).toBe('there is no section "random" in job.ini\n  its jobs are a, b');
    expect(report('[rand]\n', { sections: ['ramd'] })).toContain('did you mean "rand"?');
    expect(report(text, { sections: ['global'] })).toContain('section "global" holds defaults, it is no job');
  });

  it('keep the names that were typed, by their primary names', () => {
    expect(jobOf('blocksize=8k\ntime_based\nruntime=1\nfilename=x\nfilename=y').typedOptions).toEqual({
      bs: '8k',
      time_based: '',
      runtime: '1',
      filename: 'x:y',
    });
  });
});

describe('groups and clones', () => {
  it('stonewall and new_group begin groups; clones belong together', () => {
    const { jobSet } = parse(
      '[a]\nstonewall\nnumjobs=2\n[b]\n[c]\nstonewall\nnumjobs=2\n[d]\nnew_group\n[e]\nwait_for_previous=0\n',
    );
    expect(
      jobSet.jobs.map(({ name, cloneIndex, cloneCount, groupIndex, stonewall }) =>
        [name, cloneIndex, cloneCount, groupIndex, stonewall].join(' '),
      ),
    ).toEqual([
      'a 0 2 0 true',
      'a 1 2 0 false',
      'b 0 1 0 false',
      'c 0 2 1 true',
      'c 1 2 1 false',
      'd 0 1 2 false',
      'e 0 1 2 false',
    ]);
  });
});

describe('options that meet', () => {
  it("defaults are fio's", () => {
    const job = jobOf('size=1m');
    expect(job.engine).toMatchObject({
      name: 'psync',
      depth: 1,
      depthLow: 1,
      bufferAlignBytes: 4096,
      batchSubmit: null,
    });
    expect(job.workload).toMatchObject({ directions: 'read', random: false, randomSeed: 0x89, randomMap: true });
    expect(job.workload.blockBytes).toEqual({ read: 4096, write: 4096, trim: 4096 });
    expect(job.measure).toMatchObject({
      completionPercentiles: true,
      submission: false,
      kiloBase: 1024,
      rateUnit: 'bytes',
      unified: 'none',
      diskUse: true,
      significantFigures: 4,
      bandwidthWindowMs: null,
      iopsWindowMs: null,
    });
    expect(job.target).toMatchObject({
      size: { bytes: 1048576 },
      direct: false,
      invalidate: true,
      fallocate: 'native',
    });
  });

  it.each([
    ['direct=1\nbuffered=1', false],
    ['buffered=1\ndirect=1', true],
    ['buffered=0', true],
  ])('the last of direct and buffered wins: %j', (options, direct) =>
    expect(jobOf(options).target.direct).toBe(direct),
  );

  it('the last of rwmixread and rwmixwrite wins', () => {
    expect(jobOf('rwmixread=70\nrwmixwrite=40').workload.readPercent).toBe(60);
    expect(jobOf('rwmixwrite=40\nrwmixread=70').workload.readPercent).toBe(70);
  });

  it.each([
    ['trimwrite', 'trimwrite', false],
    ['randtrimwrite', 'trimwrite', true],
    ['readwrite', 'readwrite', false],
    ['randrw', 'readwrite', true],
    ['randtrim', 'trim', true],
  ])('rw=%s', (word, directions, random) => {
    expect(jobOf(`rw=${word}`).workload).toMatchObject({ directions, random });
  });

  it('kb_base counts wherever it stands in the section', () => {
    expect(jobOf('bs=4k\nkb_base=1000').workload.blockBytes.read).toBe(4000);
    expect(jobOf('bs=4k', set('kb_base=1000')).workload.blockBytes.read).toBe(4000);
    expect(parse('[global]\nbs=4k\n[a]\nkb_base=1000\nsize=1k\n').jobSet.jobs[0]).toMatchObject({
      workload: { blockBytes: { read: 4096 } },
      target: { size: { bytes: 1000 } },
    });
  });

  it('an engine’s options may stand before the engine, and belong to it', () => {
    expect(jobOf('hipri\nioengine=io_uring').engine).toMatchObject({ iopoll: true, highPriority: false });
    expect(jobOf('hipri\nioengine=pvsync2').engine).toMatchObject({ iopoll: false, highPriority: true });
  });

  it('files of [global] and job add up, with a warning', () => {
    const text = '[global]\nfilename=x\n[a]\nfilename=y:z\n[b]\n';
    const { jobSet, warnings } = parse(text);
    expect(jobSet.jobs.map((job) => job.target.filenames)).toEqual([['x', 'y', 'z'], ['x']]);
    expect(warnings.map(({ code }) => code)).toEqual(['filename-accumulates']);
    expect(parse(text, set('filename=/dev/x')).jobSet.jobs.map((job) => job.target.filenames)).toEqual([
      ['/dev/x'],
      ['/dev/x'],
    ]);
  });

  it('a seed is stronger than randrepeat=0', () => {
    expect(jobOf('randrepeat=0').workload.randomRepeat).toBe(false);
    expect(jobOf('randrepeat=0\nrandseed=0x10').workload).toMatchObject({ randomRepeat: true, randomSeed: 16 });
  });

  it('submission latency is measured only when asked for', () => {
    expect(jobOf('slat_percentiles=1').measure).toMatchObject({ submission: true, submissionPercentiles: true });
    expect(jobOf('disable_slat=0').measure).toMatchObject({ submission: true, submissionPercentiles: false });
    expect(jobOf('slat_percentiles=1\ndisable_slat=1').measure).toMatchObject({
      submission: false,
      submissionPercentiles: false,
    });
    expect(jobOf('slat_percentiles=1\ngtod_reduce=1').measure).toMatchObject({
      submission: false,
      completion: false,
      total: false,
      bandwidth: false,
      completionPercentiles: false,
    });
  });

  it('bs keeps the directions that are not written', () => {
    expect(jobOf('bs=8k\nbs=,16k,').workload.blockBytes).toEqual({ read: 8192, write: 16384, trim: 8192 });
  });

  it('batches above the depth are cut, with a warning', () => {
    const text =
      '[a]\niodepth=4\niodepth_batch=8\niodepth_batch_complete_min=3\niodepth_batch_complete_max=2\niodepth_low=9\n';
    expect(parse(text).jobSet.jobs[0]!.engine).toMatchObject({
      batchSubmit: 4,
      batchCompleteMin: 3,
      batchCompleteMax: 3,
      depthLow: 4,
    });
    expect(warningsOf(text)).toEqual([
      'batch-above-depth: job.ini:1:1: iodepth_batch=8 is above iodepth=4; 4 is used',
      'batch-above-depth: job.ini:1:1: iodepth_low=9 is above iodepth=4; 4 is used',
      'batch-min-above-max: job.ini:1:1: iodepth_batch_complete_min=3 is above iodepth_batch_complete_max=2; the minimum is used for both, as in fio',
    ]);
  });

  it('what has no effect is said', () => {
    expect(jobOf('time_based').schedule.timeBased).toBe(false);
    expect(warningsOf('[a]\ntime_based\nverifysort=1\nbs=4kib\n')).toEqual([
      'ignored-option: job.ini:3:1: option "verifysort" has no effect: fio has dropped it and ignores it as well',
      'inverted-suffix: job.ini:4:4: bs: "4kib" is 4000: with kb_base=1024, fio reads kib in powers of 1000',
      'time-based-without-runtime: job.ini:1:1: time_based=1 has no effect without a runtime',
    ]);
    expect(warningsOf('[a]\nioengine=io_uring\nsqthread_poll_cpu=1\n')[0]).toContain('sqpoll-cpu-without-sqpoll');
  });

  it('what asks for what is done anyway passes without a word', () => {
    expect(
      warningsOf('[a]\nthread\ncreate_serialize=1\nrandom_distribution=random\ndisk_util=1\nverify=0\nstats=1\n'),
    ).toEqual([]);
  });
});

describe('which of several machines it is', () => {
  const host = { name: 'n$&1', index: 2, count: 3 };

  it('stands in values of sections and of overrides, and may be calculated with', () => {
    const text = '[a]\nfilename=/mnt/$hostname-$host_index\noffset=$host_index*1g\nsize=1m\nnumjobs=$host_count\n';
    const { target, cloneCount } = parse(text, { host }).jobSet.jobs[0]!;
    expect(target).toMatchObject({ filenames: ['/mnt/n$&1-2'], offset: { bytes: 2 * 2 ** 30 } });
    expect(cloneCount).toBe(3);
    const job = jobOf('size=1m', { host, ...set('filename=/mnt/$host_index', 'offset=$host_index*1m') });
    expect(job.target).toMatchObject({ filenames: ['/mnt/2'], offset: { bytes: 2 * 2 ** 20 } });
  });

  it('is text like any other where nobody says it', () => {
    expect(jobOf('filename=$hostname').target.filenames).toEqual(['$hostname']);
  });
});

describe('overrides', () => {
  it('win over sections, also by another name, and count for every job', () => {
    const { jobSet } = parse('[global]\nblocksize=8k\n[a]\nbs=16k\n[b]\n', set('blocksize=32k', 'runtime=1m'));
    expect(jobSet.jobs.map((job) => [job.workload.blockBytes.read, job.schedule.runtimeMs])).toEqual([
      [32768, 60000],
      [32768, 60000],
    ]);
    expect(jobSet.jobs[1]!.typedOptions).toEqual({ bs: '32k', runtime: '1m' });
    expect(jobSet.globalOptions).toEqual({});
  });

  it('of the engine put options of the former engine aside, with a warning', () => {
    const text = '[a]\nioengine=posixaio\nfixedbufs=1\n';
    expect(parse(text, set('ioengine=psync')).jobSet.jobs[0]!.engine).toMatchObject({
      name: 'psync',
      fixedBuffers: false,
    });
    expect(warningsOf(text, set('ioengine=psync'))).toEqual([
      'engine-option-left-out: job.ini:3:1: option "fixedbufs" belongs to io_uring and io_uring_cmd, not to psync; left out, as the engine is chosen on the command line',
    ]);
  });

  it('judge options of an engine by those that it will run on', () => {
    const text = '[a]\nioengine=psync\nsqthread_poll=1\n';
    const parseOn = (...engines: string[]) => parse(text, { engines });
    const parsed = parseOn('psync', 'io_uring');
    expect(parsed.warnings).toEqual([]);
    expect(parsed.jobSet.jobs[0]!.engine).toMatchObject({ name: 'psync', sqpoll: true });
    expect(applyEngineLabel(parsed.jobSet.jobs[0]!.engine, 'io_uring').sqpoll).toBe(true);
    expect(applyEngineLabel(parsed.jobSet.jobs[0]!.engine, 'psync').sqpoll).toBe(false);
    expect(parseOn('libaio').warnings.map(({ code }) => code)).toEqual(['engine-option-left-out']);
    expect(() => parseOn()).toThrow('option "sqthread_poll" belongs to io_uring and io_uring_cmd, not to psync');
  });

  it('are checked like anything else', () => {
    expect(report('[a]\n', set('iodpeth=4', 'fixedbufs'))).toBe(
      [
        '--set:0:1: unknown option "iodpeth"',
        '  iodpeth=4',
        '  ^',
        '  did you mean "iodepth"?',
        '--set:0:1: option "fixedbufs" belongs to io_uring and io_uring_cmd, not to psync',
        '  fixedbufs',
        '  ^',
        '  write ioengine=io_uring, or leave fixedbufs out',
      ].join('\n'),
    );
  });
});

it('a file of a thousand sections is read in well under a second', () => {
  const section = (index: number) =>
    `[job${index}]\nrw=randread\nbs=4k\nsize=1g\niodepth=32\nioengine=io_uring\nfixedbufs\n`;
  const text = Array.from({ length: 1000 }, (_, index) => section(index)).join('');
  const started = performance.now();
  expect(parse(text).jobSet.jobs).toHaveLength(1000);
  // Generous: it takes some 20 ms; quadratic work would take minutes.
  expect(performance.now() - started).toBeLessThan(5000);
});
