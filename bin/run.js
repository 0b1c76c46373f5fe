#!/bin/sh
// 2>/dev/null; while read -r n v; do case $n in SigIgn:) export IOTEST_SIGIGN="$v" ;; esac; done 2>/dev/null </proc/self/status
// 2>/dev/null; exec node --inspect-port='[fe80::1]:9229' "$0" "$@"
// The command `iotest`, and `fio` where a link of that name leads here. A shell reads the lines above, where `//` is a
// command that fails without a word; to JavaScript they are comments. They are there because Node opens its debugger on
// SIGUSR1 until a listener is there: the address is one that no socket can be bound to. And Node forgets that it was
// started with SIGHUP ignored (nohup).
//
// Two things are answered before anything is loaded: `--version`, which scripts call often and which must not wait for
// oclif, and a source tree that has not been built yet. fio's command line goes past oclif: its options are not ours to
// parse twice.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const isFio = basename(process.argv[1] ?? '') === 'fio';
const isBuilt = existsSync(main);

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

if (isBuilt && (isFio || process.argv[2] !== '--version')) {
  const { enableCompileCache } = await import(new URL('compile-cache.js', main).href);
  enableCompileCache();
}

if (isBuilt && (isFio || process.argv[2] === 'fio')) {
  const { startFio } = await import(new URL('../fio/main.js', main).href);
  await startFio(process.argv.slice(isFio ? 2 : 3), root);
} else if (process.argv[2] === '--version') {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (isBuilt) {
  const { start } = await import(main.href);
  await start(process.argv.slice(2), root);
} else {
  process.stderr.write('iotest: not built yet (no dist/)\n  → run `npm ci` or `npm run build` in the source tree\n');
  process.exitCode = 1;
}
