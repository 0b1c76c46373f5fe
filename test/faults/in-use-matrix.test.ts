/** Every way to name a target in use, with every kind of write: the plan refuses them all (docs/reliability.md). */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { parseJobs } from '../../src/cli/job-input.js';
import { HeldTargets } from '../../src/machine/held-targets.js';
import { inspectTarget, listRegularFiles } from '../../src/machine/target.js';
import { makePlan } from '../../src/plan/plan.js';
import { UserError } from '../../src/support/errors.js';
import { cleanUp, command, itInLab, labFolder, later, loopDevice, mounted } from './fault-lab.js';

afterEach(cleanUp);

const mib = 1 << 20;

interface Named {
  /** Lines of the job that name the target. */
  readonly lines: string;
  /** What `--destructive` is given. */
  readonly permission: string;
  readonly section?: string;
}

/** Names of `target`, which is in a folder of its own. */
function waysToName(target: string): Record<string, Named> {
  const folder = labFolder();
  const link = path.join(folder, 'link');
  fs.symlinkSync(target, link);
  const chain = path.join(folder, 'chain');
  fs.symlinkSync('link', chain);
  const folderLink = path.join(folder, 'folder');
  fs.symlinkSync(path.dirname(target), folderLink);
  const bound = path.join(folder, 'bound');
  fs.writeFileSync(bound, '');
  command('mount', '--bind', target, bound);
  later(() => command('umount', bound));
  const descriptor = fs.openSync(target, 'r');
  later(() => fs.closeSync(descriptor));
  const named = (name: string): Named => ({ lines: `filename=${name}`, permission: name });
  const name = path.basename(target);
  return {
    'its path': named(target),
    'a path with ..': named(`${folder}/../${path.relative(path.dirname(folder), target)}`),
    'a symbolic link': named(link),
    'a link to a link': named(chain),
    'a folder that is a link': named(path.join(folderLink, name)),
    'a bind mount': named(bound),
    'a descriptor of another process (/proc/PID/fd)': named(`/proc/${process.pid}/fd/${descriptor}`),
    'another path in /proc (/proc/PID/root)': named(`/proc/${process.pid}/root${target}`),
    'directory= and filename=': { lines: `directory=${path.dirname(target)}\nfilename=${name}`, permission: target },
    filename_format: { lines: `filename_format=${path.dirname(target)}/$jobname`, section: name, permission: target },
    'one of several': { lines: `filename=${path.join(folder, 'harmless')}:${target}\nsize=2m`, permission: target },
  };
}

function waysToNameFile(file: string): Record<string, Named> {
  const hard = `${file}.hard`;
  fs.linkSync(file, hard);
  const folder = labFolder();
  fs.linkSync(file, path.join(folder, 'one'));
  return {
    ...waysToName(file),
    'a hard link': { lines: `filename=${hard}`, permission: hard },
    opendir: { lines: `opendir=${folder}`, permission: folder },
  };
}

function waysToNameDevice(device: string): Record<string, Named> {
  const node = path.join(labFolder(), 'node');
  const { rdev } = fs.statSync(device);
  command('mknod', node, 'b', String((rdev >> 8) & 0xfff), String((rdev & 0xff) | ((rdev >> 12) & 0xfff00)));
  return {
    ...waysToName(device),
    'another device node': { lines: `filename=${node}`, permission: node },
    'the name of the section': { lines: '', section: device, permission: device },
  };
}

const kinds: Record<string, string> = {
  'rw=write': 'rw=write',
  'rw=randwrite': 'rw=randwrite',
  'rw=rw': 'rw=rw',
  'precondition=fill': 'rw=read\nprecondition=fill',
  'a chain': 'rw=write\nchain=openat,write,close',
  'create_only=1': 'rw=write\ncreate_only=1',
  mmap: 'rw=write\nioengine=mmap',
};
const kindsOfFiles: Record<string, string> = {
  ...kinds,
  'unlink=1': 'rw=read\nunlink=1',
  'unlink_each_loop=1': 'rw=write\nunlink_each_loop=1\nloops=2',
  'file_append=1': 'rw=write\nfile_append=1',
  'a read beyond the end': 'rw=read\nsize=1g',
};
const kindsOfDevices: Record<string, string> = {
  ...kinds,
  'rw=trim': 'rw=trim',
  'rw=trimwrite': 'rw=trimwrite',
};

/** What the plan says; '' when it would let the job run. */
function refusalOf({ lines, section = 'job', permission }: Named, kind: string, asksForFiles: boolean): string {
  const targets = new HeldTargets();
  const { jobSet } = parseJobs({ path: 'job.ini', text: `[${section}]\nsize=1m\n${lines}\n${kind}\n` }, {});
  try {
    makePlan([{ name: null, jobSet }], {
      engines: [],
      repeat: 1,
      destructive: [permission],
      inspect: inspectTarget,
      hold: targets.inspect,
      usesOf: targets.usesOf,
      listFiles: listRegularFiles,
      filePolicy: { asksForFiles, readOnly: false },
      allowExec: false,
      memoryAvailableBytes: 2 ** 40,
      drawSeed: () => 1,
      drawOrder: () => false,
    });
    return '';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  } finally {
    targets.close();
  }
}

function expectRefusals(ways: Record<string, Named>, of: Record<string, string>, says: string): void {
  const passed: string[] = [];
  for (const [way, named] of Object.entries(ways)) {
    for (const [kind, lines] of Object.entries(of)) {
      // Chains that open take one file.
      if (kind === 'a chain' && /^opendir|:/.test(named.lines)) continue;
      for (const asksForFiles of [true, false]) {
        const said = refusalOf(named, lines, asksForFiles);
        if (!said.includes('refusing to ') || !said.includes(says)) passed.push(`${way}, ${kind}: ${said}`);
      }
    }
  }
  expect(passed).toEqual([]);
}

describe('a target in use is refused, by whatever name, for whatever would change it', () => {
  itInLab('a mounted device', () => {
    const device = loopDevice(16 * mib);
    const point = mounted(device.path, 'ext4');
    expectRefusals(waysToNameDevice(device.path), kindsOfDevices, `mounted at ${point}`);
  });

  itInLab('the file below a mounted loop device', () => {
    const device = loopDevice(16 * mib);
    const point = mounted(device.path, 'ext4');
    expectRefusals(waysToNameFile(device.backingPath), kindsOfFiles, `${device.path} is mounted at ${point}`);
  });
});
