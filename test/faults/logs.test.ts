/** What becomes of logs when a run does not go as planned: entries are kept, and what is not whole does not look whole. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ended, iotest, scratchFolder, start } from '../cli/command.js';

const job = (lines = '') =>
  `[job]\nioengine=null\nsize=1g\nrw=read\niodepth=4\nruntime=10m\ntime_based\nwrite_iops_log=x\nlog_avg_msec=100\n${lines}\n`;

const namesIn = (folder: string) => fs.readdirSync(folder).filter((name) => name.startsWith('x_') || name === 'log');

async function until(isSo: () => boolean): Promise<void> {
  const giveUp = performance.now() + 30_000;
  while (!isSo() && performance.now() < giveUp) await sleep(50);
}

function partOf(folder: string): string {
  const part = path.join(folder, 'x_iops.1.log.1.part');
  return fs.existsSync(part) ? fs.readFileSync(part, 'utf8') : '';
}

describe('logs of a run that ends early', () => {
  it('are whole after SIGINT', async () => {
    const cwd = scratchFolder({ 'job.ini': job() });
    const child = start(['run', 'job.ini', '--no-save', '--format', 'json'], { cwd });
    const end = ended(child);
    await until(() => partOf(cwd).length > 0);
    child.kill('SIGINT');
    const { status, stdout } = await end;
    expect(status).toBe(130);
    expect(namesIn(cwd)).toEqual(['x_iops.1.log']);
    const lines = fs.readFileSync(path.join(cwd, 'x_iops.1.log'), 'utf8').trimEnd().split('\n');
    const { total_ios: counted, runtime } = JSON.parse(stdout).jobs[0].read as { total_ios: number; runtime: number };
    let before = 0;
    let highest = 0;
    const logged = lines.reduce((sum, line) => {
      const [ms, perSecond] = line.split(', ').map(Number) as [number, number];
      // A window without I/O has no line, and each begins at a multiple of its length.
      const startMs = Math.max(before, Math.ceil(ms / 100) * 100 - 100);
      before = ms;
      highest = Math.max(highest, perSecond);
      return sum + (perSecond * (ms - startMs)) / 1000;
    }, 0);
    // As fio's, rates are of whole windows: what the one has done that the signal cut short is in no line.
    expect(runtime - before).toBeLessThan(150);
    expect(logged / counted).toBeLessThan(1.02);
    expect((logged + (1.5 * highest * (runtime - before)) / 1000) / counted).toBeGreaterThan(0.98);
  });

  it('are there under their temporary names after SIGKILL', async () => {
    const cwd = scratchFolder({ 'job.ini': job() });
    const child = start(['run', 'job.ini', '--no-save'], { cwd });
    const end = ended(child);
    await until(() => partOf(cwd).length > 0);
    child.kill('SIGKILL');
    await end;
    expect(namesIn(cwd)).toEqual(['x_iops.1.log.1.part']);
    expect(partOf(cwd)).toMatch(/^(\d+, \d+, 0, 0, 0\n)+$/);
  });
});

describe('logs that cannot be written', () => {
  it('end the run before it begins, and leave nothing', async () => {
    // So long that its temporary name, which says what it is for, is too long.
    const stem = 'x'.repeat(240);
    const cwd = scratchFolder({ 'job.ini': job(`write_bw_log=x\nwrite_iops_log=${stem}`) });
    const end = await iotest(['run', 'job.ini', '--no-save'], { cwd });
    expect(end.status).toBe(1);
    expect(end.stderr.replace(/\s+/g, ' ')).toMatch(/the log x+_iops\.1\.log cannot be written: .*\(ENAMETOOLONG\)/);
    expect(fs.readdirSync(cwd)).toEqual(['job.ini']);
  });

  it('at its end, make the job fail and keep what there is', async () => {
    const cwd = scratchFolder();
    const text = job().replace('runtime=10m\ntime_based\n', 'runtime=3\ntime_based\n');
    const child = start(['run', '-', '--no-save', '--format', 'json'], { cwd, input: text });
    const end = ended(child);
    await until(() => partOf(cwd).length > 0);
    // What takes the log's name meanwhile cannot be replaced.
    fs.mkdirSync(path.join(cwd, 'x_iops.1.log', 'full'), { recursive: true });
    const { status, stdout } = await end;
    expect(status).toBe(1);
    expect(stdout).toMatch(/the log x_iops\.1\.log could not be written/);
    expect(JSON.parse(stdout).jobs[0].read.total_ios).toBeGreaterThan(0);
    expect(partOf(cwd)).toMatch(/^(\d+, \d+, 0, 0, 0\n)+$/);
  });
});
