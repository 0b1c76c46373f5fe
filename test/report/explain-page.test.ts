/** What a run with --explain found stands on its page, with its evidence and what to do. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iotest } from '../cli/command.js';
import { Browser, browserMissing } from './browser.js';

const job = `[global]
filename=cached
size=2m
direct=0
; What was laid out stays in the page cache.
invalidate=0
bs=4k
rw=randread
io_size=16m
[buffered <reads>]
`;

interface Work {
  readonly ioCount: number;
  readonly enterCount: number | null;
  readonly paths: Readonly<Record<'inline' | 'taskWork' | 'worker' | 'polled', number>> | null;
  readonly missing: readonly { readonly what: string }[];
}

let folder: string;
let file: string;
let html: string;
let works: readonly Work[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'iotest-why-'));
  const run = ['run', '-', '--quiet', '--explain', '--engine', 'psync', '--engine', 'io_uring'];
  const ran = await iotest([...run, '--format', 'json', '--no-save', '--output', 'run.json'], {
    cwd: folder,
    input: job,
  });
  expect(ran.status, ran.stderr).toBe(0);
  const { iotest: ours } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as {
    readonly iotest: { readonly jobs: readonly { readonly kernelWork: Work }[] };
  };
  works = ours.jobs.map(({ kernelWork }) => kernelWork);
  file = path.join(folder, 'page.html');
  const made = await iotest(['report', 'run.json', '--output', file], { cwd: folder });
  expect(made.status, made.stderr).toBe(0);
  html = readFileSync(file, 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The cells of a row of the table of what the kernel did. */
function cellsOf(name: string): string[] {
  const row = new RegExp(`<th scope="row">${name}</th>((?:<td>[^<]*</td>)+)`).exec(html)?.[1] ?? '';
  return [...row.matchAll(/<td>([^<]*)<\/td>/g)].map((match) => match[1]!);
}

it("has the kernel's counts, a column for each engine", () => {
  expect(html).toContain('<h3>buffered &lt;reads&gt;: what the kernel did</h3>');
  expect(html).toContain('<th scope="col">psync</th><th scope="col">io_uring</th>');
  expect(works.map(({ ioCount }) => ioCount)).toEqual([4096, 4096]);
  const calls = works.map(({ enterCount }) => (enterCount! / 4096).toFixed(2));
  expect(cellsOf('calls per I/O')).toEqual(calls);
});

it('says what follows, or what could not be looked at', () => {
  const { paths, missing } = works[1]!;
  if (paths === null) {
    for (const { what } of missing) expect(html).toContain(`not measured: ${what}`);
    return;
  }
  expect(cellsOf('completed inline')).toEqual([
    '–',
    `${((paths.inline / (paths.inline + paths.taskWork + paths.worker + paths.polled)) * 100).toFixed(1)} %`,
  ]);
  expect(html).toMatch(
    /<li>io_uring: buffered reads complete inline[^<]*<div class="faint">evidence: [^<]* completed inline, from the page cache/,
  );
  expect(html).toContain('→ set direct=1 to measure the device');
});

const missing = browserMissing();
describe.skipIf(missing !== null)(`in a browser${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.open();
  });
  afterAll(() => browser?.close());

  it.each([375, 1440])('nothing of it overflows at %i pixels', async (width) => {
    const { found, complaints } = await browser.look(file, { width, colorScheme: 'light' });
    expect([complaints, found.wide, found.cut]).toEqual([[], [], []]);
    expect(found.page).toBeLessThanOrEqual(width);
  });
});
