// Builds dist/ from nothing, then writes oclif.manifest.json, which spares each start the loading of every command.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifestPath = `${root}/oclif.manifest.json`;

rmSync(`${root}/dist`, { recursive: true, force: true });
rmSync(manifestPath, { force: true });

const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const { Plugin } = await import('@oclif/core/config');
const plugin = new Plugin({ root, type: 'core', isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(manifestPath, `${JSON.stringify(plugin.manifest, null, 2)}\n`);
