import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundledSource, filesByLine } from './bundled-source.js';

describe('bundledSource', () => {
  it('is null for what is not of ours, and where no comment names a file', () => {
    expect(bundledSource('file:///usr/lib/node_modules/list.js', 3)).toBeNull();
    expect(bundledSource('node:internal/timers', 3)).toBeNull();
    expect(bundledSource(import.meta.url, 1)).toBeNull();
  });

  it('is the file that the last comment names', () => {
    const text =
      'import x\n// src/worker/run-loop.ts\nfunction a() {}\n  // src/worker/worker.ts\n// node_modules/q/list.js\nb\n';
    expect(filesByLine(text)).toEqual([
      null,
      ...['src/worker/run-loop.ts', 'src/worker/run-loop.ts', 'src/worker/run-loop.ts'],
      ...['node_modules/q/list.js', 'node_modules/q/list.js', 'node_modules/q/list.js'],
    ]);
  });

  it('finds the run loop in the bundle of the worker as it is built', () => {
    const lines = readFileSync(new URL('../../dist/worker/thread.js', import.meta.url), 'utf8').split('\n');
    const at = lines.findIndex((text) => /^ {2}runUntil\(/.test(text));
    expect(filesByLine(lines.join('\n'))[at]).toBe('src/worker/run-loop.ts');
  });
});
