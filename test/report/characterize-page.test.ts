/** A whole characterization, in a moment and on a small file, drawn and looked at in a browser. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iotest, warmUpBriefly } from '../cli/command.js';
import { Browser, browserMissing } from './browser.js';

warmUpBriefly();

let folder: string;
let id: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'iotest-characterize-'));
  const argv = [
    'characterize',
    'made.tmp',
    '--quick',
    '--scale',
    '0.01',
    '--size',
    '4m',
    '--engine',
    'psync',
    '--engine',
    'io_uring',
  ];
  const ran = await iotest(argv, { cwd: folder });
  expect(ran.status, ran.stderr).toBe(0);
  id = /--characterize (\S+)/.exec(ran.stderr)![1]!;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the file is made and filled first', async () => {
  expect(statSync(path.join(folder, 'made.tmp')).size).toBe(4 << 20);
  const made = await iotest(['report', '--characterize', id, '--format', 'markdown'], { cwd: folder });
  expect(made.stdout).toContain('### Bandwidth of large blocks (write), side by side');
});

it('single charts come as drawings and as figures', async () => {
  const svg = await iotest(['report', '--characterize', id, '--format', 'svg', '--chart', 'matrix-0'], { cwd: folder });
  expect(svg.stdout).toMatch(/^<svg /);
  const csv = await iotest(['report', '--characterize', id, '--format', 'csv', '--chart', 'load-depth'], {
    cwd: folder,
  });
  expect(csv.stdout.split('\r\n')[0]).toBe('series,in flight,IOPS,p50,p99');
});

const missing = browserMissing();
it('a chart comes in pixels, or what draws it is named', async () => {
  const words = ['report', '--characterize', id, '--format', 'png', '--chart', 'matrix-0', '-o', 'matrix.png'];
  const programs = path.join(folder, 'programs');
  mkdirSync(programs);
  symlinkSync(process.execPath, path.join(programs, 'node'));
  const none = await iotest(words, { cwd: folder, environment: { PATH: programs } });
  expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('install rsvg-convert')]);
  if (missing !== null) return;
  const made = await iotest(words, { cwd: folder });
  expect(made.status, made.stderr).toBe(0);
  const png = readFileSync(path.join(folder, 'matrix.png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  // Of the header: width and height.
  expect(png.readUInt32BE(16)).toBe(960);
  expect(png.readUInt32BE(20)).toBeGreaterThan(300);
});

describe.skipIf(missing !== null)(`in a browser${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let browser: Browser;
  let file: string;
  beforeAll(async () => {
    file = path.join(folder, 'page.html');
    const made = await iotest(['report', '--characterize', id, '--output', file], { cwd: folder });
    expect(made.status, made.stderr).toBe(0);
    browser = await Browser.open();
  });
  afterAll(() => browser?.close());

  it.each([
    { width: 375, colorScheme: 'light' as const },
    { width: 375, colorScheme: 'dark' as const },
    { width: 1440, colorScheme: 'light' as const },
    { width: 1440, colorScheme: 'dark' as const },
  ])('at $width pixels, $colorScheme', async (view) => {
    const { found, complaints, requests } = await browser.look(file, view);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${file}`]);
    const wanted = [
      'throughput-read',
      'matrix-0',
      'load-depth',
      'engines-randread-depth32-cost',
      'response-percentiles',
    ];
    expect(found.charts.map(({ id: name }) => name)).toEqual(expect.arrayContaining(wanted));
    expect(found.charts.filter(({ marks, label }) => marks === 0 || label === '')).toEqual([]);
    expect([found.wide, found.cut]).toEqual([[], []]);
    expect(found.page).toBeLessThanOrEqual(view.width);
  });
});
