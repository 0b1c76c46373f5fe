/** Pages in a real browser: nothing is fetched, nothing complains, nothing overflows, and every chart has marks. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iotest } from '../cli/command.js';

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const missing = executable === undefined ? 'there is no Chromium' : null;

/** Runs in the page. */
const lookAtPage = readFileSync(new URL('look-at-page.js', import.meta.url), 'utf8');

interface Found {
  readonly charts: readonly { readonly id: string; readonly marks: number; readonly label: string }[];
  /** Elements that reach beyond the right edge, texts that are cut by their drawing. */
  readonly wide: readonly string[];
  readonly cut: readonly string[];
  readonly page: number;
  readonly paper: string;
}

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
    browser = await chromium.launch({
      executablePath: executable!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
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
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`file://${file}`);
    const found = (await page.evaluate(lookAtPage)) as Found;
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
    await page.close();
  });
});
