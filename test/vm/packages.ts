/**
 * What a virtual machine is made of, by the system's own apt: QEMU with its firmware, busybox, a Debian kernel. Nothing
 * is installed: packages are unpacked into a cache folder, once, and used from there.
 */
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Which kernel: that of the distribution (6.1 on Debian 12), or the one of its backports (6.12 there). */
export type KernelChoice = 'distribution' | 'backports';

export interface Emulator {
  readonly program: string;
  /** Value of LD_LIBRARY_PATH that it needs. */
  readonly libraries: string;
  /** Folders for -L. */
  readonly firmware: readonly string[];
  readonly busybox: string;
}

export interface Kernel {
  readonly packageName: string;
  readonly image: string;
  /** Each module's file by its name, `-` written as `_`. */
  readonly modules: ReadonlyMap<string, string>;
}

const downloadMs = 300_000;
const unpackMs = 120_000;

export function cacheFolder(): string {
  const { IOTEST_VM_CACHE: own, XDG_CACHE_HOME: common } = process.env;
  return own ?? join(common ?? join(homedir(), '.cache'), 'iotest-vm');
}

/** Why this machine cannot have packages of that kind at all; null when it can try. */
export function packagesMissing(): string | null {
  if (process.arch !== 'x64') return 'the virtual machine is one of x86-64';
  for (const program of ['apt-get', 'dpkg-deb', 'tar', 'xz']) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined) return `there is no ${program}`;
  }
  return null;
}

async function command(program: string, words: readonly string[], timeoutMs: number, cwd?: string): Promise<string> {
  try {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1 << 28, cwd } as const;
    return (await run(program, [...words], options)).stdout;
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string };
    const last = stderr.trim().split('\n').slice(-4).join('\n');
    throw new Error(`${program} ${words.slice(-3).join(' ')}: ${last === '' ? message : last}`);
  }
}

/** apt that keeps its files in `folder`, so that an ordinary user can run it too. */
function aptWords(folder: string): string[] {
  mkdirSync(join(folder, 'archives/partial'), { recursive: true });
  const settings = {
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
    'Dir::Cache::archives': join(folder, 'archives'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Tries again after `apt-get update`: a fresh container has no lists, and old lists name packages that are gone. */
async function withFreshLists<T>(attempt: () => Promise<T>, lists: readonly string[]): Promise<T> {
  try {
    return await attempt();
  } catch {
    await command('apt-get', [...lists, '-qq', 'update'], downloadMs);
    return attempt();
  }
}

/** Makes `folder` by filling another one first, so that half of it is never taken for the whole. */
async function once(folder: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(join(folder, '..'), { recursive: true });
  const fresh = mkdtempSync(`${folder}.part-`);
  try {
    await fill(fresh);
    // Somebody else may have been faster.
    if (!existsSync(folder)) renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function debsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(folder, name));
}

export async function fetchEmulator(): Promise<Emulator> {
  const folder = join(cacheFolder(), 'emulator');
  await once(folder, async (fresh) => {
    const downloads = join(fresh, 'downloads');
    const apt = aptWords(downloads);
    const words = ['-qq', 'install', '--yes', '--no-install-recommends', '--reinstall', '--download-only'];
    const packages = ['qemu-system-x86', 'seabios', 'busybox-static'];
    await withFreshLists(() => command('apt-get', [...apt, ...words, ...packages], downloadMs), apt);
    // What the system has already is not downloaded, and is found where the system has it.
    for (const deb of debsIn(join(downloads, 'archives'))) await command('dpkg-deb', ['-x', deb, fresh], unpackMs);
    rmSync(downloads, { recursive: true });
  });
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(folder, path));
  const busybox = ['usr/bin/busybox', 'bin/busybox'].map((path) => join(folder, path)).find((path) => existsSync(path));
  if (busybox === undefined) throw new Error(`no busybox in ${folder}: delete the folder to have it made anew`);
  return {
    program: join(folder, 'usr/bin/qemu-system-x86_64'),
    libraries: libraries.join(':'),
    firmware: [join(folder, 'usr/share/qemu'), join(folder, 'usr/share/seabios')],
    busybox,
  };
}

/** What of the kernel's package is needed: the image, and where the drivers of our devices and their parts lie. */
const unpackPatterns = [
  './boot/vmlinuz-*',
  ...['drivers/block', 'drivers/nvme', 'drivers/virtio', 'drivers/scsi', 'drivers/md', 'net/9p', 'fs', 'lib', 'crypto']
    .concat('block', 'arch', 'mm')
    .map((path) => `./lib/modules/*/kernel/${path}/*`),
];

export async function fetchKernel(choice: KernelChoice): Promise<Kernel> {
  const cache = cacheFolder();
  const downloads = mkdtempSync(join(mkdirp(cache), 'downloads-'));
  try {
    const apt = choice === 'backports' ? await backportsWords(downloads) : aptWords(downloads);
    const nameOf = async (): Promise<string> => {
      const text = await command('apt-cache', [...apt, 'depends', 'linux-image-amd64'], downloadMs);
      const found = /Depends: (linux-image-\S+)/.exec(text)?.[1];
      if (found === undefined) throw new Error('linux-image-amd64 is not in the package lists');
      return found;
    };
    const packageName = await withFreshLists(nameOf, apt);
    const folder = join(cache, packageName);
    await once(folder, async (fresh) => {
      const download = () => command('apt-get', [...apt, '-qq', 'download', packageName], downloadMs, downloads);
      await withFreshLists(download, apt);
      const [deb] = debsIn(downloads);
      const script = 'dpkg-deb --fsys-tarfile "$1" | { shift; tar -x -C "$@"; }';
      const words = ['-c', script, 'sh', deb!, fresh, '--wildcards', ...unpackPatterns];
      // A pattern that nothing matches is an error to tar, and none to us: kernels differ.
      await command('sh', words, unpackMs).catch(() => {});
      unwrapImage(fresh);
    });
    return { packageName, image: join(folder, 'image'), modules: modulesBelow(folder) };
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

function mkdirp(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Lists of their own, with nothing but the backports of the release whose archive the system uses. */
async function backportsWords(folder: string): Promise<string[]> {
  const format = '$(REPO_URI) $(CODENAME)';
  const filter = ['Origin: Debian', 'Component: main', 'Identifier: Packages'];
  const targets = await command('apt-get', ['indextargets', '--format', format, ...filter], downloadMs);
  const archive = targets.split('\n').find((line) => /^\S+ [a-z]+$/.test(line));
  if (archive === undefined) throw new Error('the package sources of this system have no main archive of Debian');
  const [address, release] = archive.split(' ') as [string, string];
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const signed = existsSync(keys) ? `[signed-by=${keys}] ` : '';
  mkdirSync(join(folder, 'lists/partial'), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `deb ${signed}${address} ${release}-backports main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': join(folder, 'none'),
    'Dir::State::lists': join(folder, 'lists'),
  };
  const words = [
    ...aptWords(folder),
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
  await command('apt-get', [...words, '-qq', 'update'], downloadMs);
  return words;
}

const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);

/** The kernel inside of its self-extracting image, which an emulated processor would need seconds to unpack. */
function unwrapImage(folder: string): void {
  const packed = readdirSync(join(folder, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (packed === undefined) throw new Error('the package of the kernel holds no kernel');
  const bytes = readFileSync(join(folder, 'boot', packed));
  const at = bytes.indexOf(xzMagic);
  const unpacked =
    at < 0
      ? null
      : spawnSync('xz', ['-dc', '--single-stream'], {
          input: bytes.subarray(at),
          maxBuffer: 1 << 28,
          timeout: unpackMs,
        }).stdout;
  const isElf = unpacked !== null && unpacked.subarray(1, 4).toString('latin1') === 'ELF';
  writeFileSync(join(folder, 'image'), isElf ? unpacked : bytes);
}

function modulesBelow(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(folder, 'lib/modules'), { recursive: true, encoding: 'utf8' })) {
    const match = /^(.+)\.ko(?:\.xz)?$/.exec(basename(name));
    if (match !== null) found.set(match[1]!.replaceAll('-', '_'), join(folder, 'lib/modules', name));
  }
  return found;
}

export function moduleBytes(file: string): Buffer {
  const bytes = readFileSync(file);
  if (!file.endsWith('.xz')) return bytes;
  return spawnSync('xz', ['-dc'], { input: bytes, maxBuffer: 1 << 28, timeout: unpackMs }).stdout;
}
