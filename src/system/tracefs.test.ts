import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findTracefs, tracepointId } from './tracefs.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-tracefs-'));

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

it('takes the first place that has events', () => {
  const [empty, mounted] = [path.join(folder, 'empty'), path.join(folder, 'mounted')];
  fs.mkdirSync(empty);
  fs.mkdirSync(path.join(mounted, 'events/io_uring/io_uring_complete'), { recursive: true });
  fs.writeFileSync(path.join(mounted, 'events/io_uring/io_uring_complete/id'), '1234\n');
  expect(findTracefs([empty, mounted])).toEqual({ root: mounted });
  expect(tracepointId(mounted, 'io_uring/io_uring_complete')).toBe(1234);
  expect(tracepointId(mounted, 'io_uring/io_uring_nothing')).toBeNull();
});

it('says what to do where none has', () => {
  const empty = path.join(folder, 'empty');
  expect(findTracefs([empty])).toEqual({
    reason: `the kernel's tracing files are not mounted at ${empty}`,
    advice: `as root: mount -t tracefs nodev ${empty} (in containers also: start it privileged)`,
  });
});
