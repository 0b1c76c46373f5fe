#!/usr/bin/env node
// The command `iotest`. Two things are answered before anything is loaded: `--version`, which scripts call often and
// which must not wait for oclif, and a source tree that has not been built yet.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/commands/start/main.js', import.meta.url);

if (process.argv[2] === '--version') {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (existsSync(main)) {
  const { start } = await import(main.href);
  await start(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url)));
} else {
  process.stderr.write('iotest: not built yet (no dist/)\n  → run `npm ci` or `npm run build` in the source tree\n');
  process.exitCode = 1;
}
