import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendOutput,
  checkExpectedOutputs,
  checkOutput,
  guardFile,
  openInPlace,
  PartFile,
  writeNewFile,
  writeOutput,
  writeOutputNow,
} from './output-file.js';

let folder = '';
const at = (name: string) => path.join(folder, name);
const write = (output: string, text = 'new') => writeOutput(output, text, output);
const isRoot = process.getuid?.() === 0;

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-output-')));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('a file that is written whole', () => {
  it('is made, or takes the place of the old one with its mode', async () => {
    await write(at('made'));
    expect(fs.readFileSync(at('made'), 'utf8')).toBe('new');
    fs.writeFileSync(at('old'), 'old', { mode: 0o640 });
    const before = fs.openSync(at('old'), 'r');
    await write(at('old'));
    expect(fs.readFileSync(at('old'), 'utf8')).toBe('new');
    expect(fs.statSync(at('old')).mode & 0o777).toBe(0o640);
    // Who has the old one open reads the old one.
    expect(fs.readFileSync(before, 'utf8')).toBe('old');
    fs.closeSync(before);
    expect(fs.readdirSync(folder).sort()).toEqual(['made', 'old']);
  });

  it('stands where a link leads, and the link stays', async () => {
    fs.mkdirSync(at('elsewhere'));
    fs.writeFileSync(at('elsewhere/file'), 'old');
    fs.symlinkSync('elsewhere/file', at('link'));
    fs.symlinkSync('link', at('link to link'));
    await write(at('link to link'));
    expect(fs.readlinkSync(at('link'))).toBe('elsewhere/file');
    expect(fs.readFileSync(at('elsewhere/file'), 'utf8')).toBe('new');
    fs.symlinkSync('elsewhere/later', at('dangling'));
    await write(at('dangling'));
    expect(fs.readFileSync(at('elsewhere/later'), 'utf8')).toBe('new');
  });

  it('is not there at all when it could not be written', async () => {
    fs.symlinkSync('circle', at('circle'));
    await expect(write(at('circle'))).rejects.toThrow('ELOOP');
    await expect(write(at('missing/file'))).rejects.toThrow('ENOENT');
    await expect(write(at('x'.repeat(300)))).rejects.toThrow('ENAMETOOLONG');
    expect(fs.readdirSync(folder)).toEqual(['circle']);
  });

  it('has a name that nothing had, where nothing may be replaced', () => {
    const names = ['a', 'taken', 'taken', 'b'];
    fs.writeFileSync(at('taken'), 'old');
    expect(writeNewFile(folder, () => names.shift()!, 'new')).toBe(at('b'));
    expect(fs.readFileSync(at('taken'), 'utf8')).toBe('old');
    expect(fs.readdirSync(folder).sort()).toEqual(['b', 'taken']);
  });

  it('takes the place of a link where iotest chose the name itself', () => {
    fs.writeFileSync(at('precious'), 'precious');
    fs.symlinkSync('precious', at('index'));
    expect(() => appendOutput(at('index'), 'x', 'it', 'append own')).toThrow('ELOOP');
    writeOutputNow(at('index'), 'new', true);
    expect(fs.lstatSync(at('index')).isFile()).toBe(true);
    expect(fs.statSync(at('index')).mode & 0o111).toBe(0);
    expect(fs.readFileSync(at('precious'), 'utf8')).toBe('precious');
  });

  it('waits under a temporary name that nothing had, also where a link stands in its way', () => {
    fs.writeFileSync(at('precious'), 'precious');
    fs.symlinkSync('precious', at('log.1.part'));
    const part = new PartFile(at('log'), 'the log', 'log.1.part');
    expect(part.path).toBe(at('log.1.part.2'));
    part.write('lines', false);
    part.commit(false);
    expect(fs.readFileSync(at('log'), 'utf8')).toBe('lines');
    expect(fs.readFileSync(at('precious'), 'utf8')).toBe('precious');
  });

  it('is looked at once more before it gets its name', () => {
    const part = new PartFile(at('x'), 'it');
    fs.mkdirSync(at('x'));
    expect(() => part.commit(false)).toThrow('it is a directory');
    part.discard();
    expect(fs.readdirSync(folder)).toEqual(['x']);
  });

  it('stays in the folder that was looked at, whatever its name leads to later', () => {
    fs.mkdirSync(at('one'));
    fs.mkdirSync(at('other'));
    fs.writeFileSync(at('other/x'), 'precious');
    fs.symlinkSync('one', at('way'));
    const part = new PartFile(at('way/x'), 'it');
    part.write('new', false);
    fs.renameSync(at('one'), at('moved'));
    fs.symlinkSync('other', at('one'));
    part.commit(false);
    expect(fs.readFileSync(at('moved/x'), 'utf8')).toBe('new');
    expect(fs.readFileSync(at('other/x'), 'utf8')).toBe('precious');
  });
});

describe('what is no regular file', () => {
  it.skipIf(!isRoot)('is refused where it keeps what is written: devices, also by a link', async () => {
    // Of a device that does not exist: nothing can be harmed, should it be opened.
    for (const [name, type, major, minor, what] of [
      ['block', 'b', 240, 0, 'is a block device'],
      ['memory', 'c', 1, 1, 'is a device'],
      ['scsi', 'c', 21, 0, 'is a device'],
    ] as const) {
      spawnSync('mknod', [at(name), type, String(major), String(minor)]);
      fs.symlinkSync(name, at(`to-${name}`));
      for (const output of [at(name), at(`to-${name}`)]) {
        expect(() => checkOutput(output, 'it')).toThrow(`it ${what}`);
        await expect(write(output)).rejects.toThrow(what);
        expect(() => openInPlace(output, 'it', 'append')).toThrow(what);
      }
      expect(() => writeOutputNow(at(name), 'x', false)).toThrow(what);
      expect(fs.lstatSync(at(name)).isFile()).toBe(false);
    }
  });

  it('is refused: directories, sockets, what would be made below /dev', async () => {
    await expect(write(folder)).rejects.toThrow('is a directory');
    await expect(write(`${at('x')}/`)).rejects.toThrow('is no directory');
    await expect(write('/dev/iotest-is-no-device')).rejects.toThrow('below /dev');
    expect(fs.existsSync('/dev/iotest-is-no-device')).toBe(false);
    const comm = fs.readFileSync('/proc/self/comm', 'utf8');
    expect(() => appendOutput('/proc/self/comm', 'x', 'it', 'append')).toThrow('is a file of the kernel');
    await expect(write('/proc/self/comm')).rejects.toThrow('is a file of the kernel');
    expect(fs.readFileSync('/proc/self/comm', 'utf8')).toBe(comm);
  });

  it('is written where it stands: /dev/null, a pipe, a descriptor', async () => {
    await write('/dev/null');
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(write('/dev/full')).rejects.toThrow('ENOSPC');
    spawnSync('mkfifo', [at('pipe')]);
    const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const text = (async () => {
      let read = '';
      for await (const chunk of reader.stdout) read += chunk;
      return read;
    })();
    await write(at('pipe'), 'through');
    expect(await text).toBe('through');
    expect(fs.statSync(at('pipe')).isFIFO()).toBe(true);
    // What was opened by somebody else is not replaced under him.
    const descriptor = fs.openSync(at('open'), 'a');
    fs.writeSync(descriptor, 'first ');
    await write(`/dev/fd/${descriptor}`, 'second');
    await write(`/proc/self/fd/${descriptor}`, ' third');
    fs.closeSync(descriptor);
    expect(fs.readFileSync(at('open'), 'utf8')).toBe('first second third');
    await expect(write(`/dev/fd/${descriptor + 500}`)).rejects.toThrow('EBADF');
  });

  it('ends a log, which cannot be made there', () => {
    expect(() => new PartFile('/dev/null', 'the log')).toThrow('the log is no regular file');
    expect(() => openInPlace('/dev/null', 'the log', 'append')).toThrow('the log is no regular file');
  });
});

describe('a guarded file', () => {
  it('is never written over, by any of its names', async () => {
    fs.writeFileSync(at('target'), 'data');
    fs.linkSync(at('target'), at('hard'));
    fs.symlinkSync('target', at('soft'));
    guardFile(at('target'), 'a target of this run');
    for (const name of ['target', 'hard', 'soft']) {
      expect(() => checkOutput(at(name), '--output')).toThrow('--output is a target of this run');
      await expect(write(at(name))).rejects.toThrow('is a target of this run');
      if (name !== 'soft') expect(() => writeOutputNow(at(name), 'x', false)).toThrow('is a target of this run');
      expect(() => appendOutput(at(name), 'x', 'it', 'append')).toThrow('it is a target of this run');
      expect(() => openInPlace(at(name), 'it', 'anew')).toThrow('it is a target of this run');
    }
    const descriptor = fs.openSync(at('target'), 'a');
    await expect(write(`/dev/fd/${descriptor}`)).rejects.toThrow('is a target of this run');
    fs.closeSync(descriptor);
    expect(fs.readFileSync(at('target'), 'utf8')).toBe('data');
  });

  it('is known by its path before it is there, and when it was made anew', async () => {
    guardFile(at('missing'), 'a target of this run');
    await expect(write(at('missing'))).rejects.toThrow('is a target of this run');
    fs.writeFileSync(at('missing'), 'data');
    fs.symlinkSync('missing', at('link'));
    await expect(write(at('link'))).rejects.toThrow('is a target of this run');
    expect(fs.readFileSync(at('missing'), 'utf8')).toBe('data');
  });

  it('is found among the outputs that were looked at before', () => {
    fs.writeFileSync(at('job.ini'), '');
    checkOutput(at('job.ini'), '--output');
    checkExpectedOutputs();
    guardFile(at('job.ini'), 'the job file itself');
    expect(() => checkExpectedOutputs()).toThrow('--output is the job file itself');
    fs.rmSync(at('job.ini'));
  });

  it('keeps two outputs apart', () => {
    checkOutput(at('both'), '--junit both');
    checkOutput(at('both'), '--junit both');
    fs.symlinkSync('both', at('link'));
    expect(() => checkOutput(at('link'), '--markdown link')).toThrow('--markdown link is where --junit both goes');
    checkOutput('/dev/null', '--junit both');
    checkOutput('/dev/null', '--markdown link');
  });
});

describe('what is written in place', () => {
  it('is added to the end, or begun anew, and made where it is missing', () => {
    appendOutput(at('log'), 'one ', 'it', 'append');
    appendOutput(at('log'), 'two', 'it', 'append');
    expect(fs.readFileSync(at('log'), 'utf8')).toBe('one two');
    fs.closeSync(openInPlace(at('log'), 'it', 'anew'));
    expect(fs.statSync(at('log')).size).toBe(0);
    expect(() => appendOutput(at('index'), 'x', 'it', 'append own')).toThrow('ENOENT');
  });
});
