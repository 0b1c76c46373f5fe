/**
 * Boots a small virtual machine whose devices can complete by polling, runs a script in it, and hands back the folder
 * that the script wrote to. Emulated in software: it needs no rights, and no support of the processor.
 */
import { spawn } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cloneRoot } from './clone.js';
import { buildInitramfs } from './initramfs.js';
import { cacheFolder, fetchEmulator, fetchKernel, type KernelChoice } from './packages.js';

export interface MachineFiles {
  /** The machine's `guest.sh`, and what it reads, by name; they lie in /out there. */
  readonly [name: string]: string;
}

export interface MachineRun {
  /** /out of the machine. */
  readonly folder: string;
  /** What the machine said, for messages. */
  readonly console: string;
  /** The share of its time that the emulator waited for a CPU of the host, from 0 to 1. */
  readonly waitShare: number;
}

/** Where in the machine the clone lies: as here. */
export const nodeProgram = process.execPath;

const diskBytes = 128 << 20;
/** Of its zoned namespace. */
export const nvmeZones = { zoneBytes: 4 << 20, capacityBytes: 3 << 20, openMax: 4 };
const zoneProperties = Object.entries({
  zoned: 'on',
  'zoned.zone_size': nvmeZones.zoneBytes,
  'zoned.zone_capacity': nvmeZones.capacityBytes,
  'zoned.max_open': nvmeZones.openMax,
  'zoned.max_active': nvmeZones.openMax,
})
  .map(([name, value]) => `${name}=${value}`)
  .join(',');
/** What the drive of the known rate is throttled to. */
export const knownIops = 500;

const commandLine = [
  'console=ttyS0 quiet panic=-1',
  // An emulated processor has nothing to protect, and its clock is the host's.
  'mitigations=off nokaslr nowatchdog audit=0 tsc=reliable clocksource=tsc no_timer_check random.trust_cpu=on',
].join(' ');

/** Folders that the machine sees at the same places, read-only: this system's programs, the clone, its modules, Node. */
function sharedFolders(): string[] {
  const wanted = ['/usr', cloneRoot, realpathSync(join(cloneRoot, 'node_modules')), dirname(nodeProgram)].map((path) =>
    path.replace(/\/$/, ''),
  );
  const distinct = [...new Set(wanted)];
  return distinct.filter((path) => !distinct.some((other) => other !== path && path.startsWith(`${other}/`)));
}

/** Of all threads; null when the process is gone. Source: Documentation/scheduler/sched-stats.rst. */
function waitShareOf(pid: number): number | null {
  try {
    let [runNs, waitNs] = [0, 0];
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [ran, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ').map(Number);
      runNs += ran!;
      waitNs += waited!;
    }
    return waitNs / Math.max(1, runNs + waitNs);
  } catch {
    return null;
  }
}

/** @param limitMs after which the machine is ended; what it had written until then is there. */
export async function runMachine(choice: KernelChoice, files: MachineFiles, limitMs: number): Promise<MachineRun> {
  const emulator = await fetchEmulator();
  const kernel = await fetchKernel(choice);
  const runs = join(cacheFolder(), 'runs');
  mkdirSync(runs, { recursive: true });
  const folder = mkdtempSync(join(runs, `${choice}-`));
  const out = join(folder, 'out');
  mkdirSync(out);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  for (const disk of ['nvme', 'virtio', 'zoned']) {
    writeFileSync(join(folder, `${disk}.img`), '');
    await truncate(join(folder, `${disk}.img`), diskBytes);
  }
  const shares = sharedFolders();
  const words = shares.map((path, index) => `s${index}:${path}`);
  const environment = {
    VM_SHARES: words.join(' '),
    IOTEST: join(cloneRoot, 'bin/run.js'),
    NODE: nodeProgram,
    IOTEST_BRIEF_WARM_UP: '1',
  };
  const initramfs = join(folder, 'initramfs');
  writeFileSync(initramfs, buildInitramfs(kernel, emulator.busybox, environment));

  const share = (tag: string, path: string, isReadOnly: boolean): string[] => [
    '-fsdev',
    `local,id=${tag},path=${path},security_model=none,multidevs=remap${isReadOnly ? ',readonly=on' : ''}`,
    '-device',
    `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
  ];
  const drive = (id: string, options: string, device: string): string[] => [
    '-drive',
    `if=none,id=${id},${options}`,
    '-device',
    `${device},drive=${id}`,
  ];
  const image = (name: string): string => `file=${join(folder, name)}.img,format=raw,cache=unsafe,discard=unmap`;
  const child = spawn(
    emulator.program,
    [
      ...emulator.firmware.flatMap((path) => ['-L', path]),
      ...['-machine', 'pc,hpet=off,usb=off', '-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off,svm=off'],
      ...['-smp', '2', '-m', '1536', '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
      ...['-kernel', kernel.image, '-initrd', initramfs, '-append', commandLine],
      ...shares.flatMap((path, index) => share(`s${index}`, path, true)),
      ...share('out', out, false),
      ...drive('fast', image('nvme'), 'nvme,serial=fast,max_ioqpairs=8'),
      ...drive(
        'rate',
        `driver=null-co,size=${diskBytes},read-zeroes=on,throttling.iops-total=${knownIops}`,
        'nvme,serial=rate,max_ioqpairs=8',
      ),
      ...['-drive', `if=none,id=zoned,${image('zoned')}`, '-device', 'nvme,id=zns,serial=zoned,max_ioqpairs=8'],
      ...['-device', `nvme-ns,bus=zns,drive=zoned,nsid=1,${zoneProperties}`],
      ...drive('virtio', image('virtio'), 'virtio-blk-pci,num-queues=4'),
      ...['-device', 'virtio-rng-pci'],
    ],
    { env: { ...process.env, LD_LIBRARY_PATH: emulator.libraries }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const consoleFile = join(folder, 'console.log');
  const log = createWriteStream(consoleFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let waitShare = 0;
  const looks = setInterval(() => {
    waitShare = waitShareOf(child.pid!) ?? waitShare;
  }, 1000);
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'ended'));
  });
  clearTimeout(limit);
  clearInterval(looks);
  await new Promise<void>((resolve) => log.end(resolve));
  const text = readFileSync(consoleFile, 'utf8').replaceAll('\r', '');
  if (!existsSync(join(out, 'status'))) {
    throw new Error(
      `the virtual machine did not get to its end (${status}, limit ${limitMs / 1000} s):\n${text.slice(-4000)}`,
    );
  }
  return { folder: out, console: text, waitShare };
}
