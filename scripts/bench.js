// `npm run bench`: builds, compiles bench/ beside the build (Node 20 runs no TypeScript), and starts bench/main.ts with
// the arguments given after `--`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

await import('./build.js');

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (...words) => spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' }).status ?? 1;

const status =
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json') ||
  node('dist/.bench/bench/main.js', ...process.argv.slice(2));
process.exitCode = status;
