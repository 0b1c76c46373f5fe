import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { chainSteps } from './chain.js';
import { type JobFileSettings, parseJobFile } from './expand.js';
import { printJobFile } from './print.js';

const settings: JobFileSettings = { overrides: [], sections: [], environment: {}, cpuCount: 8, pageBytes: 4096 };
const parse = (lines: string) => parseJobFile(`[job]\nfilename=f\nsize=1m\n${lines}\n`, 'job.ini', settings);
const chainOf = (lines: string) => parse(lines).jobSet.jobs[0]!.engine.chain;

function problemsOf(lines: string): string[] {
  try {
    parse(lines);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(
      ({ place, message, advice }) => `${place!.line}:${place!.column} ${message} -> ${advice ?? ''}`,
    );
  }
}

describe('chain', () => {
  it('is read, and printed as it was written', () => {
    const lines = 'rw=write\nchain=fallocate, write:4 ,fdatasync\nchain_mode=hardlink\nchain_timing=chain';
    const chain = chainOf(lines);
    expect(chain).toEqual({
      elements: [
        { operation: 'fallocate', count: 1 },
        { operation: 'write', count: 4 },
        { operation: 'fdatasync', count: 1 },
      ],
      mode: 'hardlink',
      timing: 'chain',
    });
    expect(chainSteps(chain).map(({ operation, element }) => `${operation} ${element}`)).toEqual([
      'fallocate 0',
      'write 1',
      'write 1',
      'write 1',
      'write 1',
      'fdatasync 2',
    ]);
    const printed = printJobFile(parse(lines).jobSet);
    expect(printed).toContain('chain=fallocate,write:4,fdatasync\nchain_mode=hardlink\nchain_timing=chain');
    expect(parseJobFile(printed, 'printed.ini', settings).jobSet.jobs[0]!.engine.chain).toEqual(chain);
  });

  it('has no effect on jobs without it, and is not printed there', () => {
    const { jobSet, warnings } = parse('rw=read\nchain_mode=drain');
    expect(jobSet.jobs[0]!.engine.chain).toEqual({ elements: [], mode: 'link', timing: 'elements' });
    expect(warnings.map(({ code }) => code)).toEqual(['no-chain']);
    expect(printJobFile(jobSet)).not.toContain('chain');
  });

  it.each([
    [
      'rw=write\nchain=write,fdatasnyc',
      '5:13 chain: "fdatasnyc" is not an element of a chain -> did you mean "fdatasync"?',
    ],
    ['rw=write\nchain=write,,fsync', '5:13 chain: an element is missing'],
    ['rw=write\nchain=write:0', '5:13 chain: "0" is no number of times -> write write:4'],
    ['rw=write\nchain=write:two', '5:13 chain: "two" is no number of times'],
    ['rw=write\nchain=write:65', '65 requests are too many'],
    ['rw=write\nchain=', 'chain: has no value'],
    ['rw=write\nchain=write\nchain_mode=links', 'did you mean "link"?'],
    ['rw=read\nchain=write,fdatasync', '5:7 chain: it has write, and rw=read changes nothing -> write rw=write'],
    ['rw=randread\nchain=read,fallocate', 'write rw=randrw'],
    ['rw=write\nchain=read', 'chain: it reads, and rw=write does not -> write rw=read'],
    ['rw=randrw\nchain=write,fsync', 'does not do both -> write rw=randwrite'],
    ['rw=randtrim\nchain=write', 'no element of a chain trims'],
    ['rw=read\nchain=openat,read', 'openat leaves a file open -> end the chain with close'],
    ['rw=read\nchain=read,close', 'close closes what openat opened'],
    ['rw=read\nchain=openat,openat,close', 'openat opens one file at a time'],
    ['rw=write\nchain=write,unlinkat', 'unlinkat deletes the file that openat made'],
    ['rw=read\nopendir=.\nchain=openat,read,close', 'give the job one file'],
    ['rw=read\nchain=nop:4', 'would never come to an end -> set number_ios, or runtime'],
    [
      'rw=write\nchain=write\nfdatasync=1',
      '6:11 fdatasync: a chain does not go with it -> write the sync into the chain',
    ],
    ['rw=write\nchain=write\nserialize_overlap=1', '6:19 serialize_overlap: a chain does not go with it'],
    ['rw=write\nchain=write\nwrite_iolog=log', 'write_iolog: a chain does not go with it'],
    ['rw=write\nchain=write\nread_iolog=log', 'read_iolog: a chain does not go with it'],
    ['rw=write\nchain=write\nlockfile=exclusive', 'lockfile: a chain does not go with it'],
    ['rw=write\nioengine=io_uring\nchain=write\nnonvectored=0', 'nonvectored: a chain does not go with it'],
  ])('refuses %j', (lines, expected) => {
    expect(problemsOf(lines).join('\n')).toContain(expected);
  });

  it('allows what ends by itself, by number or by time', () => {
    expect(problemsOf('rw=read\nchain=nop:4\nnumber_ios=10')).toEqual([]);
    expect(problemsOf('rw=read\nchain=fsync,statx\nruntime=1\ntime_based')).toEqual([]);
    expect(problemsOf('rw=randrw\nchain=read,write,fdatasync')).toEqual([]);
    expect(problemsOf('rw=write\nchain=openat,write,fsync,close,statx,unlinkat')).toEqual([]);
  });
});
