#!/bin/sh
// 2>/dev/null; unset addresses processes uid
// 2>/dev/null; short() { printf 'iotest: Node cannot start: %s\n  -> %s\n' "$1" "$2" >&2; exit 1; }
// 2>/dev/null; while read -r n v _; do case $n in Uid:) uid=$v ;; SigIgn:) export IOTEST_SIGIGN="$v" ;; esac; done 2>/dev/null </proc/self/status
// 2>/dev/null; while read -r _ b c d _; do case $b$c in addressspace) addresses=$d ;; processes*) processes=$c ;; esac; done 2>/dev/null </proc/self/limits
// 2>/dev/null; [ "${addresses:-unlimited}" = unlimited ] || [ "$addresses" -ge 1400000000 ] || short "it may have $addresses bytes of addresses (RLIMIT_AS) and needs 1.4 GB" 'raise the limit: ulimit -v unlimited'
// 2>/dev/null; [ "${uid:-0}" = 0 ] || [ "${processes:-unlimited}" = unlimited ] || [ "$processes" -ge 12 ] || short "this user may have $processes threads (RLIMIT_NPROC) and it needs 12" 'raise the limit: ulimit -u 4096'
// 2>/dev/null; room() { [ -r "$1/pids.max" ] && read -r most <"$1/pids.max" && read -r now <"$1/pids.current" && [ "$most" != max ] && [ $((most - now)) -lt 11 ] && short "the cgroup $1 may have $most threads, has $now, and it needs 11 more" 'raise pids.max there'; }
// 2>/dev/null; [ ! -r /proc/self/cgroup ] || while IFS=: read -r _ c p; do case $c in pids) room "/sys/fs/cgroup/pids$p" ;; '') room "/sys/fs/cgroup$p" ;; esac; done </proc/self/cgroup
// 2>/dev/null; exec node --inspect-port='[fe80::1]:9229' "$0" "$@"
// The command `iotest`, and `fio` where a link of that name leads here. A shell reads the lines above, where `//` is a
// command that fails without a word; to JavaScript they are comments. They do what is too late in here: Node opens its
// debugger on SIGUSR1 until there is a listener (the address is one that no socket can be bound to), forgets that it was
// started with SIGHUP ignored (nohup), and dies without a word where it gets too few addresses or threads.
//
// Two things are answered before anything is loaded: `--version` (also as -V, -v and version), which scripts call often and which must not wait for
// oclif, and a source tree that has not been built yet. fio's command line goes past oclif: its options are not ours to
// parse twice.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const asksForVersion = ['--version', '-V', '-v', 'version'].includes(process.argv[2]);
const isFio = basename(process.argv[1] ?? '') === 'fio';
const isBuilt = existsSync(main);

try {
  if (isBuilt) {
    const { listenToSignals } = await import(new URL('signals.js', main).href);
    listenToSignals(process.env.IOTEST_SIGIGN);
  }
  delete process.env.IOTEST_SIGIGN;
  if (process.features.inspector) {
    const { default: inspector } = await import('node:inspector');
    if (inspector.url() !== undefined) {
      // Often we are root; whoever reaches the debugger's port would be.
      process.stderr.write('iotest: the debugger of Node is closed again\n');
      inspector.close();
    }
  }

  if (isBuilt && (isFio || !asksForVersion)) {
    const { enableCompileCache } = await import(new URL('compile-cache.js', main).href);
    enableCompileCache();
  }

  if (isBuilt && !isFio && process.argv[2] === 'run') {
    const { headStart } = await import(new URL('../runner/head-start.js', main).href);
    headStart();
  }

  if (isBuilt && (isFio || process.argv[2] === 'fio')) {
    const { startFio } = await import(new URL('../fio/main.js', main).href);
    await startFio(process.argv.slice(isFio ? 2 : 3), root);
  } else if (asksForVersion) {
    const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
  } else if (isBuilt) {
    const { start } = await import(main.href);
    await start(process.argv.slice(2), root);
  } else {
    process.stderr.write('iotest: not built yet (no dist/)\n  → run `npm ci` or `npm run build` in the source tree\n');
    process.exitCode = 1;
  }
} catch (error) {
  // Before there is anything that could say it better.
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  const advice = 'raise the limit of open files (ulimit -n; system-wide fs.file-max)';
  process.stderr.write(`iotest: cannot load its own code: ${error.message}\n  -> ${advice}\n`);
  process.exitCode = 1;
}
