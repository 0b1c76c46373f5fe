/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is the job file's syntax */
/**
 * Differential test of the job language: what a real fio accepts we accept, what it refuses we refuse, and sizes mean
 * the same; the differences that are meant are listed with their reasons.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJobFile } from '../../src/job/expand.js';
import { findOptions } from '../../src/job/options/index.js';
import { printJobFile } from '../../src/job/print.js';
import { UserError } from '../../src/support/errors.js';
import { formatBytesIec, formatBytesSi } from '../../src/support/units.js';

const fioVersion = spawnSync('fio', ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
const hasFio = fioVersion.startsWith('fio-');
const withFio = hasFio ? '' : ' (skipped: fio is not installed)';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'iotest-acceptance-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function runFio(text: string, flags: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const file = join(directory, 'job.fio');
  writeFileSync(file, text);
  const environment = { ...process.env, IOTEST_SIZE: '1m' };
  return spawnSync('fio', [...flags, file], { encoding: 'utf8', cwd: directory, env: environment, timeout: 30_000 });
}

/** Job files that fio accepts as parts of one file, which saves starting it for each. */
const acceptedTogether = new Set<string>();

function fioAccepts(text: string): boolean {
  return acceptedTogether.has(text) || runFio(text, ['--parse-only']).status === 0;
}

/** One bad option makes fio refuse a whole file; when it takes all of them together, it takes each. */
function tryTogether(texts: readonly string[]): void {
  const likely = texts.filter(weAccept);
  if (fioAccepts(likely.join(''))) for (const text of likely) acceptedTogether.add(text);
}

function parse(text: string) {
  return parseJobFile(text, 'job.fio', {
    overrides: [],
    sections: [],
    environment: { IOTEST_SIZE: '1m' },
    cpuCount: 4,
    pageBytes: 4096,
  });
}

function weAccept(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Options of one job. */
const agreed = `
  rw=read|rw=write|rw=trim|rw=randread|rw=randwrite|rw=randtrim|rw=rw|rw=readwrite|rw=randrw|rw=trimwrite|rw=Read|rw=foo
  rw=|rw|readwrite=randrw|bs=4k|bs=4K|bs=4kb|bs=4kib|bs=4ki|bs=0x1000|bs=4k,8k|bs=4k,8k,|bs=,8k|bs=1k,2k,4k|bs=0|bs=x|bs=k
  bs=|bs|blocksize=8k|bsx=4k|size=50%|size=0|size=|size|size=x|size =1m|size= 1m|io_size=2m|io_limit=2m|io_size=200%
  io_size=0|filesize=1m-2m|filesize=2m-1m|filesize=x|offset=10%|offset=4k|offset=x|offset_increment=1m|number_ios=8
  number_ios=x|loops=3|loops=0|loops=x|runtime=5|timeout=5|runtime=5s|runtime=2m|runtime=500ms|runtime=abc|ramp_time=1|ramp_time=x
  time_based|time_based=1|time_based=0|time_based=2|startdelay=1|startdelay=1-2|startdelay=2-1|startdelay=x|numjobs=4|numjobs=x
  thread|thread=1|thread=0|stonewall|stonewall=0|wait_for_previous|new_group|group_reporting|group_reporting=1
  direct=1|direct=0|direct|direct=yes|direct=2|Direct=1|buffered=0|buffered=1|sync=1|sync=0|sync=none|sync=sync|sync=dsync
  sync=foo|fsync=4|fsync=x|fdatasync=4|end_fsync=1|end_fsync|norandommap|norandommap=1|norandommap=0|randrepeat=0
  allrandrepeat=1|randseed=17|randseed=0xff|randseed=x|invalidate=0|invalidate|overwrite=1|overwrite|unlink=1|unlink
  fallocate=none|fallocate=native|fallocate=posix|fallocate=keep|fallocate=truncate|fallocate=0|fallocate=1|fallocate=foo
  refill_buffers|refill_buffers=1|refill_buffers=x|zero_buffers|scramble_buffers=0|iomem_align=512|mem_align=4k|iomem_align=x
  buffer_pattern=0xff|buffer_pattern="a"|buffer_pattern=-1"b"0x1|buffer_pattern=x|buffer_pattern=|buffer_pattern=0xff%o
  buffer_compress_percentage=50|buffer_compress_percentage=101|buffer_compress_chunk=1k|dedupe_percentage=30
  dedupe_percentage=101|dedupe_mode=working_set|dedupe_mode=repeat|dedupe_mode=foo|dedupe_working_set_percentage=10
  dedupe_global=1|cpus_allowed=0|nice=19|nice=-5|nice=-21|nice=20|prio=3|prio=8|prioclass=2|prioclass=4
  percentile_list=50:99:99.9|percentile_list=101|clat_percentiles=0|clat_percentiles=2|clat_percentiles|lat_percentiles=1
  slat_percentiles=1|disable_lat=1|disable_clat=1|disable_slat=1|disable_bw=1|disable_bw_measurement=1|gtod_reduce=1
  gtod_reduce=x|continue_on_error=none|continue_on_error=io|continue_on_error=read|continue_on_error=write
  continue_on_error=all|continue_on_error=1|continue_on_error=foo|kb_base=1000|kb_base=1024|kb_base=1001|kb_base
  rwmixread=70|rwmixread=101|rwmixwrite=30|ioengine=sync|ioengine=psync|ioengine=vsync|ioengine=pvsync|ioengine=pvsync2
  ioengine=mmap|ioengine=null|ioengine=libaio|ioengine=io_uring|ioengine|iodepth=32|iodepth=1k|iodepth=0|iodepth=x
  iodepth_batch=4|iodepth_batch_submit=4|iodepth_batch=0|iodepth_batch_complete=4|iodepth_batch_complete_min=0
  iodepth_batch_complete_max=8|iodepth_low=2|hipri|fixedbufs|force_async=1|description=a=b|description=|name=x|name=|name
  directory=/tmp|directory=|filename=a:b|filename=a\\:b|filename=|nrfiles=3|nr_files=3|verifysort=1|threads=1|rwmixcycle=1
  percentage_sequential=1|unit_base=8|unit_base=2|significant_figures=4|significant_figures=11|disk_util=1
  random_distribution=random|random_distribution=zipf|random_distribution=zipf:1|random_distribution=pareto:0.5:0.2
  random_distribution=zipf:1.1:2|random_distribution=normal:100|random_distribution=zoned:60/10:40/90
  random_distribution=zoned:50/50|random_distribution=zoned_abs:50/1m:50/2m|random_distribution=foo|rw=randread:8
  rw=read:8k|rw=read:-8k|rw_sequencer=identical|rw_sequencer=foo|bsrange=4k-64k|bsrange=4k:64k
  bsrange=x|bssplit=4k/50:8k/50|bssplit=512/25:1k/:2k/:4k/|bs_unaligned|bs_is_seq_rand=1|ba=64k|blockalign=4k,8k
  percentage_random=50|percentage_random=101|random_generator=lfsr|random_generator=tausworthe64|random_generator=x
  softrandommap=1|file_service_type=random:8|file_service_type=zipf:1.2|file_service_type=gauss:10
  file_service_type=sequential|file_service_type=foo|openfiles=2|offset_align=4k|serialize_overlap=1|write_barrier=4
  sync_file_range=write:8|sync_file_range=wait_before,write|sync_file_range=foo
  zonemode=none|verify=0|stats=1|create_serialize=1|allow_file_create=1|create_only=0|foo|foo=1
  size=1m # comment|size=1m ; comment|size=\${IOTEST_SIZE}|\${IOTEST_UNSET}x=1|bs=\${IOTEST_UNSET}|bs=\${IOTEST_UNSET}4k
  numjobs=$ncpus|bs=$pagesize|uring=1`
  .trim()
  .split(/\||\n\s*/);

/** Options that need the engine above them. */
const agreedWithEngine: readonly (readonly [engine: string, options: readonly string[]])[] = [
  [
    'io_uring',
    ['hipri', 'fixedbufs', 'fixedbufs=1', 'registerfiles', 'sqthread_poll', 'sqthread_poll=1', 'sqthread_poll_cpu=0'],
  ],
  ['io_uring', ['nonvectored=1', 'nonvectored=0', 'force_async=4', 'force_async=x', 'userspace_reap']],
  [
    'libaio',
    [
      'cmdprio_percentage=30',
      'cmdprio_percentage=30,40',
      'cmdprio_percentage=101',
      'cmdprio_class=2',
      'cmdprio_class=4',
    ],
  ],
  ['io_uring', ['cmdprio=3', 'cmdprio=8', 'cmdprio_bssplit=4k/10:8k/20/2/3', 'cmdprio_bssplit=4k/10,8k/20']],
  ['psync', ['cmdprio_percentage=30']],
  ['io_uring', ['nowait=1', 'uncached=1', 'uncached=2', 'libaio_vectored=1', 'hipri_percentage=5']],
  ['pvsync2', ['hipri', 'hipri=1', 'nowait=1', 'nowait', 'fixedbufs', 'sqthread_poll']],
  ['pvsync2', ['uncached=1', 'hipri_percentage=5', 'hipri_percentage=101']],
  ['libaio', ['userspace_reap', 'userspace_reap=0', 'nowait=1', 'uncached=1', 'hipri', 'registerfiles', 'fixedbufs']],
  ['psync', ['hipri', 'fixedbufs', 'nowait=1', 'force_async=1']],
];

const agreedFiles: readonly (readonly [what: string, text: string])[] = [
  ['an option before the first section', 'size=1m\n[a]\n'],
  ['comments and blank lines', '; c\n# d\n\n[a]\nsize=1m\n'],
  ['CRLF', '[a]\r\nsize=1m\r\nbs=4k\r\n'],
  ['blanks in a section name', '[a b]\nsize=1m\n'],
  ['two sections of one name', '[a]\nsize=1m\n[a]\nsize=2m\n'],
  ['several globals', '[global]\nsize=1m\n[a]\n[globals]\nbs=8k\n[b]\n'],
  ['an unknown option in [global]', '[global]\nfoo=1\n[a]\nsize=1m\n'],
  ['an engine option above its engine', '[a]\nsize=1m\nhipri\nioengine=io_uring\n'],
  ['an engine option and its engine in [global]', '[global]\nhipri\nioengine=io_uring\n[a]\nsize=1m\n'],
  ['an engine option in [global] without its engine', '[global]\nhipri\n[a]\nsize=1m\n'],
  ['indented lines', '  [a]\n  size=1m\n\tbs=4k\n'],
  ['filename in [global] and job', '[global]\nfilename=x\nsize=1m\n[a]\nfilename=y\n'],
  ['batches above the depth', '[a]\nsize=1m\niodepth=2\niodepth_batch=8\niodepth_batch_complete_min=8\n'],
];

/** Where we differ from fio on purpose: whether fio accepts it, and why we do otherwise. */
const differences: readonly (readonly [text: string, fioAccepts: boolean, why: string])[] = [
  ['[a]\nsize=1m\nrw = write\n', false, 'blanks around "=" are obviously meant as nothing'],
  [
    '[global]\nhipri\n[a]\nsize=1m\nioengine=io_uring\n',
    false,
    'defaults for an engine hold for the jobs that have it',
  ],
  ['[a]\nsize=1m\nioengine=io_uring\nuring_binding=auto\n', false, 'an option of ours'],
  ['[a]\nsize=4x\n', true, 'an unknown suffix is a slip; fio drops it'],
  ['[a]\nsize=4kfoo\n', true, 'an unknown suffix is a slip; fio drops it'],
  ['[a]\nsize=1m\nbs=1 k\n', true, 'fio reads 1 byte'],
  ['[a]\nsize=1m\nbs=1e3\n', true, 'fio reads 1 byte'],
  ['[a]\nsize=1m\nbs=4.3\n', true, 'fio drops the fraction'],
  ['[a]\nsize=1m\nbs=1k-4k\n', true, 'fio reads two directions where a range was meant'],
  ['[a]\nsize=1m\nbs=1k,2k,3k,4k\n', true, 'fio drops the fourth value'],
  ['[a]\nsize=1m\nruntime=10x\n', true, 'fio reads 10 microseconds'],
  ['[a]\nsize=1m\nruntime=-5\n', true, 'a time cannot be negative'],
  ['[a]\nsize=1m\niodepth=-1\n', true, 'fio says that it is out of range and goes on'],
  ['[a]\nsize=1m\niodepth=10000000000\n', true, 'fio wraps at 2^32 and runs out of memory'],
  ['[a]\nsize=1m\nnumjobs=0\n', true, 'a job that does not run is a slip'],
  ['[a]\nsize=1m\nnumjobs=10000000000\n', true, 'fio wraps at 2^32'],
  ['[a]\nsize=1m\nnrfiles=0\n', true, 'a job without files is a slip'],
  ['[a]\nsize=1m\nnumber_ios=-1\n', true, 'a count cannot be negative'],
  ['[a]\nsize=1m\ndirect=-1\n', true, 'neither 0 nor 1'],
  ['[a]\nsize=1m\nrwmixread=50%\n', true, 'a percentage of a percentage'],
  ['[a]\nsize=101%\n', true, 'more than the file has'],
  ['[a]\nsize=1z\n', true, 'no zonesize says how large a zone is'],
  ['[a]\nsize=1m\niomem_align=3\n', true, 'memory cannot be aligned so'],
  ['[a]\nsize=1m\npercentile_list=99,99.9\n', true, 'fio drops what follows the comma'],
  ['[a]\nsize=1m\npercentile_list=1:foo\n', true, 'fio complains and goes on'],
  ['[a]\nsize=1m\ncpus_allowed=a\n', true, 'fio finds out when the job runs'],
  ['[a]\nsize=1m\ncpus_allowed=3-1\n', true, 'no CPU at all'],
  ['[a]\nsize=1m\ncpus_allowed=0,99\n', true, 'fio finds out when the job runs'],
  ['[a]\nsize=1m\nioengine=nosuch\n', true, 'fio finds out when the job runs'],
  ['[a]\nsize=1m\nrw=randread:0\n', true, 'fio finds out when the job runs'],
  ['[a]\nsize=1m\nrw=read:x\n', true, 'fio finds out when the job runs'],
  ['[a]\nsize=1m\nzonemode=strided\n', true, 'fio finds out when the job runs'],
  ['[a]\nsize=1m\nbssplit=4k/60:8k/60\n', true, 'shares above 100%: fio leaves the later ones out'],
  ['[a]\nsize=1m\nbssplit=4k/10:8k/20\n', true, 'shares below 100%: fio gives the rest to one of them'],
  ['[a]\nsize=1m\nioengine=libaio\nlibaio_vectored=1\n', false, 'fio 3.33 does not have it yet'],
  ['[a]\nsize=1m\nfilename=-\n', true, 'standard input is no storage'],
  ['[a]\nsize=1m\ninclude /nosuch\n', true, 'a file that is missing; fio only complains'],
  ['[a]\nsize=(1+2)*4k\n', false, 'Debian builds fio without its calculator'],
  ['[a]\nsize=$ncpus*4k\n', false, 'bc, which fio calls, knows no suffixes'],
  ['[a\nsize=1m\n', true, 'a section header without its bracket'],
  ['[]\nsize=1m\n', true, 'a job without a name'],
  ['[a] trailing\nsize=1m\n', true, 'fio drops what follows the header'],
  ['[global]\nsize=1m\n', true, 'fio finds out afterwards that there is no job'],
  ['', true, 'fio finds out afterwards that there is no job'],
];

const jobWith = (options: string) => `[a]\nsize=1m\n${options}\n`;

describe.skipIf(!hasFio)(`we accept what fio accepts${withFio}`, () => {
  const engineCases = agreedWithEngine.flatMap(([engine, options]) =>
    options.map((option) => [engine, option] as const),
  );
  beforeAll(() => {
    tryTogether([
      ...agreed.map(jobWith),
      ...engineCases.map(([engine, option]) => jobWith(`ioengine=${engine}\n${option}`)),
    ]);
    expect(acceptedTogether.size).toBeGreaterThan(100);
  });

  it.each(agreed)('%s', (options) => {
    const text = jobWith(options);
    expect(weAccept(text)).toBe(fioAccepts(text));
  });

  it.each(agreedWithEngine.flatMap(([engine, options]) => options.map((option) => [engine, option] as const)))(
    'ioengine=%s: %s',
    (engine, option) => {
      const text = jobWith(`ioengine=${engine}\n${option}`);
      expect(weAccept(text)).toBe(fioAccepts(text));
    },
  );

  it.each(agreedFiles)('%s', (_, text) => expect(weAccept(text)).toBe(fioAccepts(text)));

  it('both sides have something to say in this list', () => {
    const verdicts = agreed.map((options) => weAccept(jobWith(options)));
    expect(verdicts.filter((accepted) => accepted).length).toBeGreaterThan(100);
    expect(verdicts.filter((accepted) => !accepted).length).toBeGreaterThan(40);
  });
});

describe.skipIf(!hasFio)(`we differ from fio on purpose${withFio}`, () => {
  it.each(differences)('%j', (text, fioDoes, why) => {
    expect(why).not.toBe('');
    expect(fioAccepts(text)).toBe(fioDoes);
    expect(weAccept(text)).toBe(!fioDoes);
  });
});

describe.skipIf(!hasFio)(`values mean the same as in fio${withFio}`, () => {
  const sizes = [
    '512',
    '1k',
    '4K',
    '4kb',
    '4kib',
    '4ki',
    '1m',
    '1MB',
    '1mib',
    '1Mi',
    '0x200',
    '4k,8k',
    ',8k',
    '1k,2k,4k',
    '4k,8k,',
  ];

  // Not in the list: 0x10k, which fio reads as 16 and we as 16 KiB.
  it.each([1024, 1000])('block sizes with kb_base=%d', (kiloBase) => {
    const section = (bs: string, index: number) => `[s${index}]\nkb_base=${kiloBase}\nbs=${bs}\n`;
    const text = `[global]\nioengine=null\nsize=64m\nnumber_ios=1\nrw=read\nthread\n${sizes.map(section).join('')}`;
    const { stdout } = runFio(text, []);
    const fioBlocks = [...stdout.matchAll(/^s\d+: .*?bs=\(R\) (\S+)-\S+, \(W\) (\S+)-\S+, \(T\) (\S+)-/gm)].map(
      ([, ...directions]) => directions,
    );
    const ours = parse(text).jobSet.jobs.map(({ workload: { blockBytes } }) =>
      [blockBytes.read, blockBytes.write, blockBytes.trim].map((bytes) =>
        kiloBase === 1024 ? formatBytesIec(bytes) : formatBytesSi(bytes),
      ),
    );
    expect(fioBlocks).toHaveLength(sizes.length);
    expect(ours).toEqual(fioBlocks);
  });

  it('sizes, by the bytes that fio moves', () => {
    const texts = ['64k', '1m', '3mib', '1000000', '0x100000'];
    const section = (size: string, index: number) => `[s${index}]\nsize=${size}\nbs=512\n`;
    const text = `[global]\nioengine=null\nthread\n${texts.map(section).join('')}`;
    const { stdout } = runFio(text, ['--output-format=json']);
    const { jobs } = JSON.parse(stdout.slice(stdout.search(/^\{/m))) as {
      jobs: { jobname: string; read: { io_bytes: number } }[];
    };
    const ours = parse(text).jobSet.jobs.map(({ name, target, workload }) => {
      const bytes = (target.size as { bytes: number }).bytes;
      return [name, Math.floor(bytes / workload.blockBytes.read) * workload.blockBytes.read];
    });
    expect(jobs.map(({ jobname, read }) => [jobname, read.io_bytes])).toEqual(ours);
  });

  it('groups, clones and engines', () => {
    const text =
      '[global]\nioengine=null\nsize=64k\nthread\n[a]\nnumjobs=2\n[b]\nstonewall\n[c]\nnew_group\niodepth=4\n[d]\n';
    const { stdout } = runFio(text, ['--output-format=json']);
    const { jobs } = JSON.parse(stdout.slice(stdout.search(/^\{/m))) as {
      jobs: { jobname: string; groupid: number }[];
    };
    expect(parse(text).jobSet.jobs.map(({ name, groupIndex }) => [name, groupIndex])).toEqual(
      jobs.map(({ jobname, groupid }) => [jobname, groupid]),
    );
  });
});

describe.skipIf(!hasFio)(`fio knows our job files${withFio}`, () => {
  const shipped = readdirSync('jobs').filter((name) => name.endsWith('.ini'));
  // Engines and options that iotest alone has.
  const own = /^(chain|precondition|recv_multishot|file_create|ioengine=io_uring_(net|file\w+))\b/m;
  const isOwn = (name: string) => own.test(readFileSync(join('jobs', name), 'utf8'));
  const parseStatus = (name: string) => spawnSync('fio', ['--parse-only', join('jobs', name)]).status;

  it.each(shipped.filter((name) => !isOwn(name)))('fio reads jobs/%s', (name) => {
    expect(parseStatus(name)).toBe(0);
  });

  it.each(shipped.filter(isOwn))('fio cannot read jobs/%s, which has what iotest alone has', (name) => {
    expect(parseStatus(name)).not.toBe(0);
  });

  it('fio reads what we print', () => {
    const text =
      '[a]\nsize=1m\nrw=randrw\nstartdelay=1-2\nruntime=1500ms\npercentile_list=50:99.9\n[b]\nioengine=libaio\nsize=50%\n';
    // Options that Debian's fio 3.33 does not have yet, and one that iotest alone has and prints with its default.
    const newer =
      /^(filetype|end_syncfs|job_start_clock_id|libaio_vectored|log_window_value|log_issue_time|ramp_size|steadystate_check_interval|thinkcycles|precondition|verify_salt|verify_header_version|verify_pattern_interval|verify_header_seed|verify_write_sequence|verify_policy)=.*\n/gm;
    expect(fioAccepts(printJobFile(parse(text).jobSet).replaceAll(newer, ''))).toBe(true);
  });
});

describe.skipIf(!hasFio)(`the table of options${withFio}`, () => {
  const helpNames = (flag: string) => {
    const lines = spawnSync('fio', [flag], { encoding: 'utf8' }).stdout.split('\n');
    return lines.flatMap((line) => /^\s*([a-z][a-z0-9_-]*)\s*:/.exec(line)?.[1] ?? []);
  };

  it.each(['--cmdhelp', '--enghelp=io_uring', '--enghelp=libaio', '--enghelp=pvsync2'])('has all of %s', (flag) => {
    const names = helpNames(flag);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => findOptions(name).length === 0)).toEqual([]);
  });
});
