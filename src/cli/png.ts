/**
 * Pixels of a drawing, by a program of the system: a rasteriser with fonts of its own would be several times as large as
 * iotest, and browsers are nearly everywhere.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ExitCode, UserError } from '../support/errors.js';
import { writeOutputNow } from '../system/output-file.js';

/** Twice the drawing's own size: sharp on today's screens. */
const scale = 2;
const limitMs = 60_000;

interface Job {
  readonly svgPath: string;
  readonly pngPath: string;
  /** Of a folder that is removed afterwards. */
  readonly folder: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

const browserWords = ({ svgPath, pngPath, folder, width, height }: Job): string[] => [
  ...['--headless', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${join(folder, 'profile')}`],
  // Chromium refuses to run as root with it; the drawing is our own text, and nothing is fetched.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ...[`--window-size=${width},${height}`, `--screenshot=${pngPath}`, `file://${svgPath}`],
];

/** In the order in which they are tried; those that need least time first. */
const programs: readonly { readonly name: string; readonly words: (job: Job) => string[] }[] = [
  {
    name: 'rsvg-convert',
    words: ({ svgPath, pngPath, width, height }) => [
      ...['--width', String(width), '--height', String(height), '--output', pngPath],
      svgPath,
    ],
  },
  ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => ({ name, words: browserWords })),
];

/**
 * @param svg a whole file with a viewBox that begins at 0 0
 * @throws UserError when no program is there, or it fails.
 */
export function pngOf(svg: string, searchPath = process.env.PATH ?? ''): Uint8Array {
  const found = programs.find(({ name }) => isOn(searchPath, name));
  if (found === undefined) {
    throw UserError.of(
      '--format png needs a program that draws SVG, and there is none',
      'install rsvg-convert (Debian: librsvg2-bin) or Chromium; or use --format svg',
      ExitCode.failed,
    );
  }
  const box = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!;
  const folder = mkdtempSync(join(tmpdir(), 'iotest-png-'));
  try {
    const [svgPath, pngPath] = [join(folder, 'chart.svg'), join(folder, 'chart.png')];
    writeOutputNow(svgPath, svg, false);
    const [width, height] = [Math.ceil(Number(box[1]) * scale), Math.ceil(Number(box[2]) * scale)];
    const words = found.words({ svgPath, pngPath, folder, width, height });
    const { status, stderr, error } = spawnSync(found.name, words, {
      encoding: 'utf8',
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    if (status !== 0 || !existsSync(pngPath)) {
      const last = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
      throw UserError.of(`${found.name} drew nothing: ${last}`, 'use --format svg', ExitCode.failed);
    }
    return readFileSync(pngPath);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isOn(searchPath: string, name: string): boolean {
  return searchPath.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}
