import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectTarget } from '../machine/target.js';
import { openKeeper, statePlace } from './state-place.js';

it.each([
  ['a.state', { kind: 'file', path: 'a.state' }],
  ['/mnt/x:y/a', { kind: 'file', path: '/mnt/x:y/a' }],
  ['./a:b', { kind: 'file', path: './a:b' }],
  ['-', { kind: 'pipe' }],
  ['host:a b', { kind: 'host', host: 'host', path: 'a b' }],
  ['me@host:/var/a:b', { kind: 'host', host: 'me@host', path: '/var/a:b' }],
])('%s', (text, place) => {
  expect(statePlace(text)).toEqual(place);
});

it.each(['-oProxyCommand=x:y', 'host:', 'host:a\nb'])('%j is no place', (text) => {
  expect(() => statePlace(text)).toThrow('is no HOST:PATH');
});

it('refuses the device that is tested, by its name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-keep-'));
  try {
    const target = inspectTarget(join(folder, 'data'));
    const state = join(folder, 'state');
    expect(() => openKeeper({ kind: 'file', path: state }, [target])).toThrow(
      `--state ${state} is on ${target.queue?.disk ?? 'the'}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says how to write to a named pipe, which it does not open', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iotest-keep-'));
  try {
    const pipe = join(folder, 'pipe');
    spawnSync('mkfifo', [pipe]);
    expect(() => openKeeper({ kind: 'file', path: pipe }, [])).toThrow(`--state ${pipe} is a named pipe`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
