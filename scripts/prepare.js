// npm's `prepare`: builds after `npm ci` in a source tree. An install without the development packages
// (`npm ci --omit=dev`) cannot bundle: fine where dist/ is already there, else it says what is missing.
import { existsSync } from 'node:fs';

const bundler = new URL('../node_modules/esbuild/package.json', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(bundler)) {
  await import('./build.js');
} else if (!existsSync(built)) {
  console.error('iotest: cannot build without the development packages: run `npm ci` without --omit=dev');
  process.exitCode = 1;
}
