/** Jobs that fill a file system, lock their files, or have their buffers elsewhere, against fio. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseResult } from '../../src/results/parse.js';
import { executable, iotest, scratchFolder, warmUpBriefly } from '../cli/command.js';
import { cleanUp, labMissing, loopDevice, mounted, runDocument } from '../faults/fault-lab.js';
import { fioMissing, runBoth, totals } from './fio.js';

warmUpBriefly();

const missing = fioMissing();
const itWithFio = it.skipIf(missing !== null);
const withFio = (name: string) => (missing === null ? name : `${name} [skipped: ${missing}]`);
const lab = missing ?? labMissing();
const itInLab = it.skipIf(lab !== null);
const inLab = (name: string) => (lab === null ? name : `${name} [skipped: ${lab}]`);

afterEach(cleanUp);

/** Sizes of the files in a folder, but for what the file system itself keeps there. */
function sizesIn(folder: string): Record<string, number> {
  const names = fs.readdirSync(folder).filter((name) => name !== 'lost+found');
  return Object.fromEntries(names.sort().map((name) => [name, fs.statSync(path.join(folder, name)).size]));
}

/** Both programs on a file system that is emptied in between: what each wrote, and what it left. */
async function fillBoth(folder: string, job: string) {
  const text = `[job]\ndirectory=${folder}\n${job}\n`;
  const { status, stdout, stderr } = spawnSync('fio', ['--output-format=json', '-'], { input: text, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const fio = totals(parseResult(stdout, 'fio'));
  const theirs = { bytes: fio.writeBytes!, count: fio.writeCount!, files: sizesIn(folder) };
  for (const name of Object.keys(theirs.files)) fs.rmSync(path.join(folder, name));
  const { end, document } = await runDocument(text);
  expect(end.status, end.stderr).toBe(0);
  expect(document.iotest.jobs[0]!.ended).toBe('done');
  const own = totals(document);
  return { theirs, ours: { bytes: own.writeBytes!, count: own.writeCount!, files: sizesIn(folder) } };
}

describe('fill_device', () => {
  itInLab(inLab('what it has filled is then read to its end, in blocks of another size, and verified'), async () => {
    const folder = mounted('tmpfs', 'tmpfs', 'size=4m');
    const common = `[global]\ndirectory=${folder}\nfilename=scan\nverify=meta\nverify_interval=512\nioengine=sync\n`;
    const job = `${common}[w]\nrw=write\nbs=64k\nfill_device=1\ndo_verify=0\n[r]\nstonewall\ncreate_serialize=0\nrw=read\nbs=256k\n`;
    const fio = spawnSync('fio', ['--output-format=json', '-'], { input: job, encoding: 'utf8' });
    expect(fio.status, fio.stderr).toBe(0);
    const theirs = totals(parseResult(fio.stdout.slice(fio.stdout.search(/^\{$/m)), 'fio'));
    fs.rmSync(path.join(folder, 'scan'));
    const { end, document } = await runDocument(job);
    expect(end.status, end.stderr).toBe(0);
    const ours = totals(document);
    expect([ours.readBytes, ours.readCount]).toEqual([theirs.readBytes, theirs.readCount]);
    expect([ours.readBytes, ours.readCount]).toEqual([4 << 20, 16]);
    expect(document.iotest.jobs[1]!.verify).toMatchObject({ checkedCount: 16, wrongCount: 0 });
  });

  itInLab(inLab('writes until a file system in memory is full, and no more than fio'), async () => {
    const folder = mounted('tmpfs', 'tmpfs', 'size=4m');
    const { theirs, ours } = await fillBoth(folder, 'rw=write\nbs=64k\nfill_device=1');
    // fio counts the write that found no space.
    expect({ ...ours, count: ours.count + 1 }).toEqual(theirs);
    expect(ours.bytes).toBe(4 << 20);
    for (const name of Object.keys(ours.files)) fs.rmSync(path.join(folder, name));
    // Two files, a size beyond the end, and a block that does not divide the space.
    const sized = await fillBoth(folder, 'rw=write\nbs=48k\nfill_fs=1\nnrfiles=2\nsize=16m');
    expect({ ...sized.ours, count: null }).toEqual({ ...sized.theirs, count: null });
    expect(sized.ours.bytes).toBe(sized.ours.count * (48 << 10));
  });

  itInLab(inLab('fills an ext4 with several requests in flight, and directly'), async () => {
    const folder = mounted(loopDevice(16 << 20).path, 'ext4');
    for (const engine of ['io_uring', 'libaio']) {
      const job = `rw=write\nbs=32k\nfill_device=1\nioengine=${engine}\niodepth=8\ndirect=1`;
      const { theirs, ours } = await fillBoth(folder, job);
      // Which of the requests in flight got the last blocks is the file system's choice.
      expect(Math.abs(ours.bytes - theirs.bytes)).toBeLessThanOrEqual(8 * (32 << 10));
      expect(fs.statfsSync(folder).bavail * 4096).toBeLessThan(8 * (32 << 10));
      for (const name of Object.keys(ours.files)) fs.rmSync(path.join(folder, name));
    }
  });

  itInLab(inLab('leaves a full file system an error for other jobs'), async () => {
    const folder = mounted('tmpfs', 'tmpfs', 'size=1m');
    const job = `[job]\ndirectory=${folder}\nrw=write\nsize=768k\nfallocate=none\nnrfiles=1\n`;
    fs.writeFileSync(path.join(folder, 'other'), Buffer.alloc(128 << 10));
    const both = `${job}[b]\ndirectory=${folder}\nrw=write\nbs=64k\nfill_device=1\nstonewall\n`;
    const { end, document } = await runDocument(both);
    expect(end.status, end.stderr).toBe(0);
    expect(document.jobs[1]!.write.io_bytes).toBe(128 << 10);
  });
});

describe('lockfile', () => {
  itWithFio(withFio('changes no count, alone or with others on the same file'), async () => {
    const sections = ['exclusive', 'readwrite'].map(
      (mode) => `[${mode}]\nstonewall\nlockfile=${mode}\nrw=randrw\nnumjobs=2\nfilename=data\nio_size=512k\n`,
    );
    const { fio, ours } = await runBoth(`[global]\nsize=1m\nfsync=8\n${sections.join('')}`, {
      files: { data: 1 << 20 },
    });
    const sum = ({ readCount, writeCount }: ReturnType<typeof totals>) => readCount! + writeCount!;
    expect(sum(totals(ours))).toBe(sum(totals(fio)));
    expect(sum(totals(ours))).toBe(512);
  });

  const untraceable =
    spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0
      ? null
      : 'strace may not trace here';
  it.skipIf(untraceable !== null)(
    untraceable === null ? 'is around each call: shared for reads, exclusive for writes' : `[skipped: ${untraceable}]`,
    () => {
      const cwd = scratchFolder({ job: '[job]\nrw=rw\nsize=64k\nfilename=data\nlockfile=readwrite\nfadvise_hint=0\n' });
      fs.writeFileSync(path.join(cwd, 'data'), Buffer.alloc(1 << 16, 1));
      const words = [
        '-f',
        '--seccomp-bpf',
        '-y',
        '-e',
        'trace=flock,pread64,pwrite64',
        '-o',
        'trace',
        process.execPath,
        executable,
      ];
      execFileSync('strace', [...words, 'run', 'job', '--no-save', '--destructive', 'data'], { cwd, stdio: 'pipe' });
      const text = fs.readFileSync(path.join(cwd, 'trace'), 'utf8');
      // Whether somebody else has locked the file is asked beforehand, without waiting.
      const calls = [...text.matchAll(/^\d+\s+(?:(p\w+)64|flock)\(\d+<[^>]*\/data>, (.*?)\)\s+= /gm)]
        .map(([, transfer, rest]) => transfer ?? rest!)
        .filter((call) => call !== 'LOCK_EX|LOCK_NB');
      expect(calls).toHaveLength(16 * 3);
      for (let at = 0; at < calls.length; at += 3) {
        const isRead = calls[at + 1] === 'pread';
        expect(calls.slice(at, at + 3)).toEqual([
          isRead ? 'LOCK_SH' : 'LOCK_EX',
          isRead ? 'pread' : 'pwrite',
          'LOCK_UN',
        ]);
      }
    },
  );
});

describe('mem', () => {
  itWithFio(withFio('of every kind does the same I/O, with every way to the kernel, and leaves nothing'), async () => {
    const kinds = ['malloc', 'shm', 'mmap', 'mmapshared', 'mmap:buffers'];
    const sections = kinds.map(
      (kind, index) => `[job${index}]\nmem=${kind}\nfilename=out${index}\niomem_align=8k\nbs=16k\n`,
    );
    const job = `[global]\nrw=write\nsize=128k\nbuffer_pattern=0x61626364\n${sections.join('')}`;
    const { fio, ours, fioFolder, ourFolder } = await runBoth(job);
    expect(totals(ours)).toEqual(totals(fio));
    for (const index of kinds.keys()) {
      const [theirs, own] = [fioFolder, ourFolder].map((folder) => fs.readFileSync(path.join(folder, `out${index}`)));
      expect(own!.equals(theirs!)).toBe(true);
      expect(own!.subarray(0, 4).toString()).toBe('abcd');
    }
    expect(fs.existsSync(path.join(ourFolder, 'buffers'))).toBe(false);
    for (const engine of ['io_uring', 'libaio', 'io_uring+sqpoll']) {
      const text = `[job]\nrw=write\nsize=128k\niodepth=4\nmem=${engine === 'libaio' ? 'mmaphuge' : 'mmapshared'}:buffers\nbuffer_pattern="x"\nfilename=out\n`;
      const cwd = scratchFolder();
      const end = await iotest(['run', '-', '--no-save', '--engine', engine], { cwd, input: text });
      expect(end.status, end.stderr).toBe(0);
      expect(fs.readFileSync(path.join(cwd, 'out'), 'utf8')).toBe('x'.repeat(128 << 10));
    }
  });
});
