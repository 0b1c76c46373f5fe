import { describe, expect, it } from 'vitest';
import type { PlannedTarget } from './protocol.js';
import { sharedTargetProblems } from './shared-targets.js';

const target = (identity: string | null, isWritten: boolean, path = '/srv/data'): PlannedTarget => ({
  path,
  kind: 'file',
  sizeBytes: 1,
  isWritten,
  identity,
});

const messagesOf = (...hosts: PlannedTarget[][]) =>
  sharedTargetProblems(hosts.map((targets, index) => ({ name: `h${index}`, targets }))).map(({ message }) => message);

describe('a target that several hosts see as one', () => {
  it('is refused when one of them writes it, by whatever name', () => {
    expect(messagesOf([target('nfs a 7', false)], [target('nfs a 7', true, '/mnt/other')])).toEqual([
      '/srv/data is one and the same on h0, h1, and is written',
    ]);
  });

  it('is told with the number of many hosts', () => {
    const hosts = Array.from({ length: 5 }, () => [target('wwid x', true)]);
    expect(messagesOf(...hosts)).toEqual(['/srv/data is one and the same on 5 hosts, and is written']);
  });

  it('is none of ours when all of them read', () => {
    expect(messagesOf([target('nfs a 7', false)], [target('nfs a 7', false)])).toEqual([]);
  });

  it('is another one on another machine, of another number, or where that cannot be known', () => {
    expect(messagesOf([target('boot 1 7', true)], [target('boot 2 7', true)])).toEqual([]);
    expect(messagesOf([target(null, true)], [target(null, true)])).toEqual([]);
  });

  it('is no matter within one host, whose own rules know of it', () => {
    expect(messagesOf([target('boot 1 7', true), target('boot 1 7', true, '/link')], [])).toEqual([]);
  });
});
