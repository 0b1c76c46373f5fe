/**
 * Makes docs/example-report.html and docs/example-matrix.svg anew: this machine's disk and the emulated NVMe drive of the
 * virtual machine of test/vm, each by a whole `iotest characterize --quick`, on one page.
 *
 *   npm run build && npx tsc -p tsconfig.bench.json && node dist/.bench/bench/example-report.js
 *
 * Takes about a quarter of an hour, in which the machine should do nothing else. The two come one after the other; with
 * `--keep FOLDER` their results stay there, and one that is there already is not measured again, so that the page alone
 * can be drawn anew. Removes what else it made.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cloneRoot } from '../test/vm/clone.js';
import { runMachine } from '../test/vm/machine.js';

const executable = join(cloneRoot, 'bin/run.js');
/** All that the virtual machine may take: it is emulated, and starting workers takes seconds there. */
const machineMs = 2_400_000;

/** In the folder where it shall be named: the page shows the command as it was given. */
function iotest(argv: readonly string[], folder: string): void {
  const { status } = spawnSync(process.execPath, [executable, ...argv], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`iotest ${argv.join(' ')} ended with ${status}`);
}

function measureHere(results: string, folder: string): void {
  iotest(['characterize', 'vda.tmp', '--quick', '--results', results], folder);
}

async function measureMachine(results: string): Promise<void> {
  const script = (name: string) => readFileSync(join(cloneRoot, 'test/vm', name), 'utf8');
  const words =
    '--quick --engine io_uring --engine io_uring+iopoll --engine libaio --engine psync --results /out/results';
  const steps = `disk=$(readlink -f /dev/fast)
measure characterize ${machineMs / 1000} "$NODE" "$IOTEST" characterize "$disk" --destructive "$disk" ${words}
`;
  const machine = await runMachine('distribution', { 'guest.sh': script('guest.sh'), 'steps.sh': steps }, machineMs);
  const told = (name: string) => readFileSync(join(machine.folder, `characterize.${name}`), 'utf8');
  if (!existsSync(join(machine.folder, 'characterize.status')) || told('status').trim() !== '0') {
    throw new Error(`iotest characterize failed in the virtual machine:\n${machine.console}\n${told('stderr')}`);
  }
  process.stdout.write(told('stdout'));
  cpSync(join(machine.folder, 'results'), results, { recursive: true });
}

/** The characterization whose sections lie in a folder. */
function idIn(results: string): string {
  const [name] = readdirSync(results).filter((each) => each.includes('-characterize-') && each.endsWith('.json'));
  if (name === undefined) throw new Error(`there is no characterization in ${results}`);
  const { iotest: ours } = JSON.parse(readFileSync(join(results, name), 'utf8')) as {
    readonly iotest: { readonly characterize: { readonly id: string } };
  };
  return ours.characterize.id;
}

const kept = process.argv[2] === '--keep' ? process.argv[3] : undefined;
if (process.argv.length > (kept === undefined ? 2 : 4)) throw new Error('there is only --keep FOLDER');
const folder = kept === undefined ? mkdtempSync(join(tmpdir(), 'iotest-example-')) : resolve(kept);
mkdirSync(folder, { recursive: true });
const [here, machine, all] = ['here', 'machine', 'all'].map((name) => join(folder, name)) as [string, string, string];
try {
  if (!existsSync(here)) measureHere(here, folder);
  if (!existsSync(machine)) await measureMachine(machine);
  rmSync(all, { recursive: true, force: true });
  for (const one of [here, machine]) cpSync(one, all, { recursive: true });
  const ids = [here, machine].map(idIn);
  const report = ['report', '--results', all, ...ids.flatMap((id) => ['--characterize', id])];
  const title = 'A virtio disk, and an emulated NVMe drive in a virtual machine';
  iotest([...report, '--title', title, '--output', join(cloneRoot, 'docs/example-report.html')], folder);
  const matrix = ['report', '--results', here, '--characterize', ids[0]!, '--format', 'svg', '--chart', 'matrix-0'];
  iotest([...matrix, '--output', join(cloneRoot, 'docs/example-matrix.svg')], folder);
} finally {
  rmSync(join(folder, 'vda.tmp'), { force: true });
  rmSync(all, { recursive: true, force: true });
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}
