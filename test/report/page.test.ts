/** Pages in a real browser: nothing is fetched, nothing complains, nothing overflows, and every chart has marks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iotest } from '../cli/command.js';
import { Browser, browserMissing } from './browser.js';

const missing = browserMissing();

const job = `[global]
ioengine=null
size=1g
runtime=1200ms
time_based
bwavgtime=200
[d1]
rw=randread
[d4]
stonewall
rw=randread
iodepth=4
[d16]
stonewall
rw=randread
iodepth=16
[a mix of <b>70/30</b>]
stonewall
rw=randrw
rwmixread=70
bs=16k
`;

describe.skipIf(missing !== null)(`a report in a browser${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let browser: Browser;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'iotest-page-'));
    const ran = await iotest(
      ['run', '-', '--quiet', '--repeat', '2', '--format', 'json', '--no-save', '--output', 'run.json'],
      {
        cwd: folder,
        input: job,
      },
    );
    expect(ran.status, ran.stderr).toBe(0);
    file = path.join(folder, 'report.html');
    const made = await iotest(['report', 'run.json', '--output', file], { cwd: folder });
    expect(made.status, made.stderr).toBe(0);
    browser = await Browser.open();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    { width: 375, colorScheme: 'light' as const },
    { width: 1440, colorScheme: 'light' as const },
    { width: 1440, colorScheme: 'dark' as const },
  ])('at $width pixels, $colorScheme', async ({ width, colorScheme }) => {
    const { found, complaints, requests } = await browser.look(file, { width, colorScheme });
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${file}`]);
    expect(found.charts.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['depth', 'hockey-stick-p50', 'rates-read']),
    );
    expect(found.charts.filter(({ marks, label }) => marks === 0 || label === '')).toEqual([]);
    expect(found.wide).toEqual([]);
    expect(found.cut).toEqual([]);
    expect(found.page).toBeLessThanOrEqual(width);
    expect(found.paper).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 24, 29)');
  });

  it('charts become as wide as the page, and again as before, without a script', async () => {
    const [before, larger, after] = (await browser.resize(file, 'depth')) as [number, number, number];
    expect(larger).toBeGreaterThan(before * 1.9);
    expect(after).toBe(before);
  });
});
