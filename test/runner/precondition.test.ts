/** Preconditioning and steady states as a user meets them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { iotest, scratchFolder } from '../cli/command.js';

async function run(job: string, argv: readonly string[] = [], cwd = scratchFolder()) {
  const ended = await iotest(['run', '-', '--quiet', '--no-save', '--format', 'json', ...argv], { cwd, input: job });
  return { ...ended, cwd, document: ended.stdout === '' ? null : (JSON.parse(ended.stdout) as IotestDocument) };
}

describe('precondition', () => {
  it('2x writes the whole region of a job that reads, twice, and is in the result', async () => {
    const cwd = scratchFolder();
    writeFileSync(join(cwd, 'data'), Buffer.alloc(1 << 20));
    const job = '[r]\nioengine=psync\nfilename=data\nrw=randread\nsize=512k\noffset=256k\nprecondition=2x\n';
    const { status, document, stderr } = await run(job, ['--destructive', 'data'], cwd);
    expect(status, stderr).toBe(0);
    expect(document!.iotest.preconditioning).toMatchObject([
      {
        mode: '2x',
        jobNames: ['r'],
        regions: [{ path: 'data', offsetBytes: 256 << 10, bytes: 512 << 10 }],
        writtenBytes: 1 << 20,
        ended: 'done',
        steadyStates: [],
      },
    ]);
    // What is measured is the job alone.
    expect(document!.jobs).toHaveLength(1);
    expect(document!.jobs[0]!.write.total_ios).toBe(0);
    const data = readFileSync(join(cwd, 'data'));
    const isWritten = Array.from({ length: 256 }, (_, page) =>
      data.subarray(page * 4096, (page + 1) * 4096).some((byte) => byte !== 0),
    );
    expect(isWritten).toEqual(Array.from({ length: 256 }, (_, page) => page >= 64 && page < 192));
  });

  it('is shown by check, and says in the report what it did', async () => {
    const cwd = scratchFolder();
    const job = '[r]\nioengine=psync\nrw=randread\nsize=1m\nprecondition=fill\n';
    const checked = await iotest(['check', '-'], { cwd, input: job });
    expect(checked.stdout.replace(/\s+/g, ' ')).toContain('its region first written once (precondition)');
    const ran = await iotest(['run', '-', '--quiet', '--no-save'], { cwd, input: job });
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout.replace(/\s+/g, ' ')).toContain('precondition=fill: 1024KiB written in sequence to r.0.0');
  });
});

describe('the steady state of the SNIA', () => {
  it('is found before and in the measured time of a job that is held to a rate', async () => {
    const job =
      '[s]\nioengine=psync\nrw=randread\nsize=1m\nrate_iops=200\nprecondition=until-steady\nsteadystate=snia\nsteadystate_check_interval=1\n';
    const { status, document, stderr } = await run(job, ['--require-steady']);
    expect(status, stderr).toBe(0);
    const [before] = document!.iotest.preconditioning!;
    expect(before).toMatchObject({ mode: 'until-steady', ended: 'steady' });
    expect(before!.steadyStates[0]!.rounds.length).toBeGreaterThanOrEqual(5);
    const [own] = document!.iotest.jobs;
    expect(own!.ended).toBe('steady');
    expect(own!.steadyState!.rounds.at(-1)).toBeGreaterThan(100);
    expect(document!.jobs[0]!.steadystate).toMatchObject({ ss: 'snia:iops', duration: 5, attained: 1 });
    // Seconds of the step, for p99 over time.
    const { p99 } = document!.iotest.steps[0]!;
    expect(p99!.ns.length).toBeGreaterThanOrEqual(1);
    expect(p99!.ns).toHaveLength(p99!.endMs.length);
  }, 60_000);

  it('is required with status 4', async () => {
    const job = '[s]\nioengine=psync\nrw=randread\nsize=64k\nruntime=500ms\ntime_based\nsteadystate=snia\n';
    const { status, stderr } = await run(job, ['--require-steady']);
    expect(status).toBe(4);
    expect(stderr).toContain('iotest: s did not become steady');
  });

  it('is not required of jobs that look for none', async () => {
    const { status, stdout } = await run('[s]\nioengine=psync\nrw=read\nsize=64k\n', ['--require-steady']);
    expect(status).toBe(2);
    expect(stdout).toContain('add --set steadystate=snia');
  });
});
