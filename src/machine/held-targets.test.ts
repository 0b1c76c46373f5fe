import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeldTargets } from './held-targets.js';
import { makeTarget, openHeld } from './open-target.js';
import { isSameTarget, unlinkTarget } from './target-identity.js';

let folder = '';
const at = (name: string) => path.join(folder, name);

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iotest-held-'));
});

afterAll(() => fs.rmSync(folder, { recursive: true }));

function textOf(descriptor: number): string {
  const bytes = Buffer.alloc(16);
  const count = fs.readSync(descriptor, bytes, 0, 16, 0);
  fs.closeSync(descriptor);
  return bytes.toString('utf8', 0, count);
}

describe('a target that is held', () => {
  it('is what is opened, whatever its name leads to by then', () => {
    const targets = new HeldTargets();
    fs.writeFileSync(at('one'), 'one');
    fs.writeFileSync(at('two'), 'two');
    fs.symlinkSync(at('one'), at('link'));
    expect(targets.inspect(at('link')).realPath).toBe(at('one'));
    fs.rmSync(at('link'));
    fs.symlinkSync(at('two'), at('link'));
    expect(textOf(openHeld(targets.get(at('link'))!, {}).descriptor)).toBe('one');
    expect(() => targets.inspect(at('link'))).toThrow(
      /inode \d+ .* when it was checked, and its name leads to .* inode \d+/,
    );
  });

  it('is told by its identity alone when the descriptor was let go', () => {
    const targets = new HeldTargets();
    fs.writeFileSync(at('alone'), 'alone');
    targets.inspect(at('alone'));
    targets.letGo(at('alone'));
    const held = targets.get(at('alone'))!;
    expect(held.descriptor).toBeNull();
    expect(textOf(openHeld(held, {}).descriptor)).toBe('alone');
    fs.rmSync(at('alone'));
    fs.writeFileSync(at('alone'), 'other');
    // The inode number may be the same one: the time of birth is not.
    expect(() => openHeld(held, {})).toThrow(/when it was checked/);
  });

  it('is not opened once it is deleted: what is done to it would be lost', () => {
    const targets = new HeldTargets();
    fs.writeFileSync(at('gone'), 'gone');
    targets.inspect(at('gone'));
    fs.rmSync(at('gone'));
    expect(() => openHeld(targets.get(at('gone'))!, {})).toThrow(/has been deleted since/);
  });

  it('is made in the folder that was there, under a name that nothing has', () => {
    const targets = new HeldTargets();
    for (const name of ['a', 'b']) fs.mkdirSync(at(name));
    fs.symlinkSync(at('a'), at('way'));
    expect(targets.inspect(at('way/deep/new')).kind).toBe('missing');
    fs.rmSync(at('way'));
    fs.symlinkSync(at('b'), at('way'));
    const place = targets.checkedAt(at('way/deep/new'))!;
    const { descriptor } = makeTarget(place as Parameters<typeof makeTarget>[0], { write: true });
    targets.adopt(at('way/deep/new'), descriptor);
    fs.closeSync(descriptor);
    expect(fs.existsSync(at('a/deep/new'))).toBe(true);
    expect(fs.readdirSync(at('b'))).toEqual([]);
    targets.inspect(at('taken'));
    fs.symlinkSync(at('nowhere'), at('taken'));
    const taken = targets.checkedAt(at('taken')) as Parameters<typeof makeTarget>[0];
    expect(() => makeTarget(taken, { write: true })).toThrow(/something has that name now/);
  });

  it('is the same under another name, when this process has made it', () => {
    const targets = new HeldTargets();
    for (const name of ['made', './made']) expect(targets.inspect(`${folder}/${name}`).kind).toBe('missing');
    const first = targets.checkedAt(`${folder}/made`) as Parameters<typeof makeTarget>[0];
    const { descriptor } = makeTarget(first, { write: true });
    targets.adopt(`${folder}/made`, descriptor);
    fs.closeSync(descriptor);
    const other = targets.checkedAt(`${folder}/./made`);
    expect(
      other !== null && 'identity' in other && isSameTarget(other.identity, targets.get(`${folder}/made`)!.identity),
    ).toBe(true);
  });

  it('is deleted only where its name is the file itself', () => {
    const targets = new HeldTargets();
    fs.writeFileSync(at('kept'), 'kept');
    fs.symlinkSync(at('kept'), at('to-kept'));
    targets.inspect(at('to-kept'));
    expect(unlinkTarget(targets.get(at('to-kept'))!)).toBe(false);
    targets.inspect(at('kept'));
    const held = targets.get(at('kept'))!;
    fs.renameSync(at('kept'), at('renamed'));
    fs.writeFileSync(at('kept'), 'other');
    expect(unlinkTarget(held)).toBe(false);
    expect(fs.readFileSync(at('kept'), 'utf8')).toBe('other');
    fs.renameSync(at('renamed'), at('kept'));
    expect(unlinkTarget(held)).toBe(true);
    expect(fs.existsSync(at('kept'))).toBe(false);
  });

  it('keeps few descriptors, however many there are', () => {
    const targets = new HeldTargets();
    const before = fs.readdirSync('/proc/self/fd').length;
    fs.mkdirSync(at('many'));
    for (let number = 0; number < 300; number++) {
      fs.writeFileSync(at(`many/${number}`), '');
      targets.inspect(at(`many/${number}`));
    }
    expect(fs.readdirSync('/proc/self/fd').length - before).toBeLessThan(100);
    expect(openHeld(targets.get(at('many/299'))!, {}).kind).toBe('file');
  });
});
