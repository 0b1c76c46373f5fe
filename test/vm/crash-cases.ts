/** Crash tests in the machine: on a device that drops what it is given, and on one that keeps it and logs it. */

/** What orders write and sync, by what the jobs are called. */
export const crashJobs: Readonly<Record<string, readonly string[]>> = {
  link: ['ioengine=io_uring', 'chain=write,fdatasync', 'iodepth=2'],
  hardlink: ['ioengine=io_uring', 'chain=write,fdatasync', 'chain_mode=hardlink', 'iodepth=2'],
  drain: ['ioengine=io_uring', 'chain=write,fdatasync', 'chain_mode=drain', 'iodepth=2'],
  calls: ['ioengine=psync', 'fdatasync=1'],
};

/** Each job has its part of the device, and begins its blocks a second time. */
export function crashIni(): string {
  const common = ['[global]', 'direct=1', 'rw=write', 'bs=4k', 'size=64k', 'io_size=96k'];
  const sections = Object.entries(crashJobs).map(([name, words], index) =>
    [`[${name}]`, ...words, `offset=${index}m`].join('\n'),
  );
  return [...common, ...sections, ''].join('\n');
}

/** For steps.sh: what is judged by `crashChecks`. */
export function crashSteps(iotest: string): string[] {
  const job = (device: string) => `${iotest} crashtest /out/crash.ini --set filename=/dev/mapper/${device}`;
  const before = (device: string) =>
    `measure crash-${device} 60 ${job(device)} --before --state /out/${device}.state --destructive /dev/mapper/${device}`;
  const after = (name: string, device: string) =>
    `measure after-${name} 60 ${job(device)} --after --state /out/${device}.state --format json -o /out/after-${name}.json`;
  const kill =
    'crashtest /out/crash.ini --section calls --set filename=/dev/mapper/lost --destructive /dev/mapper/lost';
  return [
    'make_crash >/out/make-crash 2>&1',
    `${before('lost')} &`,
    before('logged'),
    'wait',
    `${after('kept', 'logged')} &`,
    after('lost', 'lost'),
    'wait',
    `measure kill-lost 60 ${iotest} ${kill} --rounds 1 --within 1s`,
    // What was read of the log before it was written is still in the page cache.
    'dmsetup remove --noudevsync logged && echo 3 >/proc/sys/vm/drop_caches',
    `measure replay 60 "$NODE" /out/replay-writes.mjs /dev/nullb4 /dev/nullb5 ${16384 * 512} ${32768 * 512}`,
    'as_logged 16384 >>/out/make-crash 2>&1',
    after('honest', 'logged'),
    'as_logged 32768 >>/out/make-crash 2>&1',
    after('lying', 'logged'),
  ];
}
