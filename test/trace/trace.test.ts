/** `iotest trace` under the real perf: whether it names kernel, native and JavaScript functions, and leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ended, iotest, scratchFolder, start } from '../cli/command.js';
import { iotestIn, tracingMissing } from '../explain/places.js';

/** Why perf cannot be used; null when it can. Tries it: being installed is not enough in a container. */
function perfMissing(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-perf-'));
  try {
    const tried = spawnSync('perf', ['record', '-F', '999', '-g', '-o', join(folder, 'data'), '--', 'true']);
    if (tried.error !== undefined) return 'perf is not installed';
    return tried.status === 0 ? null : 'perf may not sample here';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const missing = perfMissing();
const notTraced = missing ?? tracingMissing();
const title = (name: string, why: string | null) => (why === null ? name : `${name} [skipped: ${why}]`);
const perfTimeout = 120_000;

const job = `[global]
rw=randread
bs=4k
size=4m
time_based
runtime=1s
invalidate=0
pre_read=1

[cached]
filename=data
iodepth=8
ioengine=io_uring
`;

const leftInTmp = () => readdirSync(tmpdir()).filter((name) => /^iotest-(trace|job)-/.test(name));

describe.skipIf(missing !== null)(title('samples', missing), () => {
  it(
    'become a flame graph that names the loop and what the kernel did',
    async () => {
      const folder = scratchFolder({ 'job.ini': job });
      const { stdout, stderr, status } = await iotest(['trace', 'job.ini', '-o', 'out.svg', '--frequency', '1999'], {
        cwd: folder,
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: 'written to out.svg\n' });
      expect(stdout).toMatch(/^CPU time per I\/O, of the function itself +job\.ini$/m);
      const svg = readFileSync(join(folder, 'out.svg'), 'utf8');
      expect(svg).toMatch(/data-n="runUntil run-loop\.ts"/);
      expect(svg).toMatch(/<title>\w+ \(kernel\); job\.ini: /);
      expect(readdirSync(folder).sort()).toEqual(['data', 'job.ini', 'out.svg']);
    },
    perfTimeout,
  );

  it(
    'of two engines become one graph of what differs',
    async () => {
      const folder = scratchFolder({ 'job.ini': job });
      const argv = ['trace', 'job.ini', '--engine', 'psync', '--engine', 'io_uring', '--quiet'];
      const { stdout, status } = await iotest(argv, { cwd: folder });
      expect(status).toBe(0);
      expect(stdout).toMatch(/ psync +io_uring +change$/m);
      const svg = readFileSync(join(folder, 'flame.svg'), 'utf8');
      expect(svg).toContain('io_uring costs more than psync');
      expect(svg).toMatch(/psync: [\d.]+ %, [^;]+ per I\/O, \d+ samples; io_uring: /);
    },
    perfTimeout,
  );

  it(
    'become folded stacks and speedscope’s JSON',
    async () => {
      const folder = scratchFolder({ 'job.ini': job });
      expect((await iotest(['trace', 'job.ini', '--format', 'folded', '-q'], { cwd: folder })).status).toBe(0);
      const lines = readFileSync(join(folder, 'flame.folded'), 'utf8').trimEnd().split('\n');
      for (const line of lines) expect(line).toMatch(/^[^;].* \d+$/);
      expect(lines.some((line) => /runUntil run-loop\.ts_\[j\]/.test(line))).toBe(true);
      expect((await iotest(['trace', '-', '--format', 'speedscope', '-q'], { cwd: folder, input: job })).status).toBe(
        0,
      );
      const { shared, profiles } = JSON.parse(readFileSync(join(folder, 'flame.speedscope.json'), 'utf8'));
      const [{ samples, weights, endValue }] = profiles;
      expect(samples).toHaveLength(weights.length);
      expect(weights.reduce((sum: number, weight: number) => sum + weight, 0)).toBe(endValue);
      expect(Math.max(...samples.flat())).toBeLessThan(shared.frames.length);
    },
    perfTimeout,
  );

  it(
    'are given up with the job’s own words where it cannot run, and leave nothing behind',
    async () => {
      const before = leftInTmp();
      const folder = scratchFolder({ 'job.ini': '[a]\nfilename=/proc/none/x\nrw=read\nsize=4k\n' });
      const { stderr, status } = await iotest(['trace', 'job.ini'], { cwd: folder });
      expect(status).not.toBe(0);
      expect(stderr).toContain('/proc/none');
      expect(leftInTmp().filter((name) => !before.includes(name))).toEqual([]);
      expect(readdirSync(folder)).toEqual(['job.ini']);
    },
    perfTimeout,
  );

  it(
    'zoom where a box is clicked',
    async (context) => {
      const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
        existsSync,
      );
      if (executablePath === undefined) return context.skip('there is no Chromium');
      const folder = scratchFolder({ 'job.ini': job });
      await iotest(['trace', 'job.ini', '-q'], { cwd: folder });
      const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(error.message));
        await page.goto(`file://${folder}/flame.svg`);
        const box = page.locator('.box[data-n^="runUntil"]').first();
        const width = () => box.locator('rect').evaluate((rect) => Number(rect.getAttribute('width')));
        const before = await width();
        await box.dispatchEvent('click');
        expect(await width()).toBeCloseTo(1180, 0);
        expect(await page.locator('.box.faded').count()).toBeGreaterThan(0);
        await page.locator('#reset').dispatchEvent('click');
        expect(await width()).toBeCloseTo(before, 1);
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    perfTimeout,
  );
});

describe.skipIf(notTraced !== null)(title('events', notTraced), () => {
  it(
    'become a timeline of requests',
    async () => {
      const folder = scratchFolder({ 'job.ini': `${job}force_async=2\n` });
      const argv = ['trace', 'job.ini', '--events', 'io_uring', '--runtime', '200ms'];
      const { stderr, status } = await iotestIn('with tracefs', argv, folder);
      expect(stderr).toMatch(/^(the first )?\d+ requests written to timeline\.json: open it in ui\.perfetto\.dev/);
      expect(status).toBe(0);
      const { traceEvents } = JSON.parse(readFileSync(join(folder, 'timeline.json'), 'utf8'));
      const bars = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X');
      const requests = bars.filter(({ name }: { name: string }) => name === 'READ');
      expect(requests.length).toBeGreaterThan(10);
      expect(new Set(requests.map(({ tid }: { tid: number }) => tid))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
      for (const { ts, dur, args } of requests) {
        expect(ts).toBeGreaterThanOrEqual(0);
        expect(dur).toBeGreaterThan(0);
        expect(args.result).toBe(4096);
      }
      const handedOver = bars.filter(({ name }: { name: string }) => name === 'io-wq worker').length;
      expect(handedOver / requests.length).toBeCloseTo(0.5, 1);
    },
    perfTimeout,
  );

  it('are refused where nothing traces, with what to mount', async () => {
    const folder = scratchFolder({ 'job.ini': job });
    const { stderr, status } = await iotestIn('without tracefs', ['trace', 'job.ini', '--events', 'io_uring'], folder);
    expect(status).toBe(1);
    expect(stderr).toContain('mount -t tracefs nodev /sys/kernel/tracing');
    expect(readdirSync(folder)).toEqual(['job.ini']);
  });

  it(
    'are of rings alone',
    async () => {
      const folder = scratchFolder({ 'job.ini': job });
      const argv = ['trace', 'job.ini', '--events', 'io_uring', '--engine', 'psync', '--runtime', '100ms'];
      const { stderr, status } = await iotestIn('with tracefs', argv, folder);
      expect(status).toBe(1);
      expect(stderr).toContain('--engine io_uring');
    },
    perfTimeout,
  );
});

describe('before anything runs', () => {
  it('says what to install where there is no perf', async () => {
    const folder = scratchFolder({ 'job.ini': job });
    // A PATH with sh and env and node, and without perf.
    const { stderr, status } = await iotest(['trace', 'job.ini'], {
      cwd: folder,
      environment: { PATH: join(process.execPath, '..') },
    });
    if (existsSync(join(process.execPath, '../perf'))) return;
    expect(status).toBe(1);
    expect(stderr).toContain('apt-get install linux-perf');
  });

  it('refuses what does not fit, and what is wrong with the job, before perf starts', async () => {
    const folder = scratchFolder({ 'job.ini': job, 'wrong.ini': '[a]\nrw=randraed\n' });
    const refused = async (...argv: string[]) => {
      const { stderr, status } = await iotest(['trace', ...argv], { cwd: folder });
      expect([1, 2]).toContain(status);
      return stderr;
    };
    expect(await refused('wrong.ini')).toContain('did you mean "randread"?');
    expect(await refused('job.ini', '--engine', 'sync', '--engine', 'psync', '--engine', 'mmap')).toContain(
      '3 engines are too many',
    );
    expect(await refused('job.ini', '--events', 'io_uring', '--format', 'folded')).toContain('leave --format off');
    expect(await refused('job.ini', '-o', 'job.ini')).toContain('--output job.ini is the job file itself');
    expect(await refused('job.ini', '-o', 'nowhere/x.svg')).toContain('--output nowhere/x.svg');
    expect(readdirSync(folder).sort()).toEqual(['job.ini', 'wrong.ini']);
  });
});

describe.skipIf(missing !== null)(title('a Ctrl-C', missing), () => {
  it(
    'ends the job, and what was sampled until then is drawn',
    async () => {
      const before = leftInTmp();
      const folder = scratchFolder({ 'job.ini': job.replace('runtime=1s', 'runtime=60s') });
      const child = start(['trace', 'job.ini', '-q'], { cwd: folder });
      const end = ended(child);
      // Preparing takes a second or so; nothing depends on how far the run has come.
      setTimeout(() => child.kill('SIGINT'), 6000);
      const { status } = await end;
      expect([130, 1]).toContain(status);
      expect(leftInTmp().filter((name) => !before.includes(name))).toEqual([]);
    },
    perfTimeout,
  );
});
