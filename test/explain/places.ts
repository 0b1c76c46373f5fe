/** Places to run in: with the kernel's tracing files, without them, and on a zram device. Mounts are seen by nobody else. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { type Ended, ended, executable } from '../cli/command.js';

const mountTracefs = 'test -d /sys/kernel/tracing/events || mount -t tracefs nodev /sys/kernel/tracing';
const hideTracefs = 'for d in /sys/kernel/tracing /sys/kernel/debug; do test ! -d $d || mount -t tmpfs none $d; done';

/** Why the kernel cannot be traced in a test; null when it can. */
export function tracingMissing(): string | null {
  if (process.getuid?.() !== 0) return 'tracing needs root';
  const tried = spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    `${mountTracefs}; cat /sys/kernel/tracing/events/io_uring/io_uring_complete/id`,
  ]);
  return tried.status === 0 ? null : 'this kernel has no tracepoints of io_uring, or they cannot be mounted here';
}

export type Place = 'with tracefs' | 'without tracefs';

/** The built command in a mount namespace of its own. */
export function iotestIn(place: Place, argv: readonly string[], cwd: string): Promise<Ended> {
  const prepare = place === 'with tracefs' ? mountTracefs : hideTracefs;
  const child = spawn('unshare', ['-m', 'sh', '-c', `{ ${prepare}; } && exec "$@"`, 'sh', executable, ...argv], {
    cwd,
    env: { ...process.env, LANG: 'C.UTF-8', NO_COLOR: '1' },
    stdio: 'pipe',
  });
  child.stdin.end();
  return ended(child);
}

/** A RAM block device of this size, or why there is none. */
export function createZram(byteCount: number): { readonly path: string; remove(): void } | string {
  try {
    const index = fs.readFileSync('/sys/class/zram-control/hot_add', 'utf8').trim();
    const remove = () => {
      fs.writeFileSync(`/sys/block/zram${index}/reset`, '1');
      fs.writeFileSync('/sys/class/zram-control/hot_remove', index);
    };
    fs.writeFileSync(`/sys/block/zram${index}/disksize`, String(byteCount));
    return { path: `/dev/zram${index}`, remove };
  } catch {
    return 'zram is not available here';
  }
}
