/** Verified blocks go both ways between fio 3.33 and iotest, and blocks that fio 3.42 wrote are read and written alike. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checksumNames } from '../../src/job/verify.js';
import { executable, scratchFolder, warmUpBriefly } from '../cli/command.js';

warmUpBriefly();

const fioVersion = spawnSync('fio', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const isOlder = fioVersion.startsWith('fio-3.33');
const withFio = isOlder ? '' : ' (skipped: fio 3.33, which writes the older header, is not installed)';

function run(program: string, folder: string, ...words: string[]): { status: number | null; stderr: string } {
  const argv = program === 'fio' ? words : ['fio', ...words];
  return spawnSync(program === 'fio' ? 'fio' : executable, argv, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
}

const common = ['--name=x', '--filename=data', '--size=64k', '--bs=4k', '--output=out'];

describe.skipIf(!isOlder)(`every checksum of fio 3.33${withFio}`, () => {
  it.each(checksumNames)('%s', { timeout: 120_000 }, (name) => {
    const folder = scratchFolder();
    const verify = `--verify=${name}`;
    const data = path.join(folder, 'data');
    expect(run('fio', folder, ...common, '--rw=randwrite', verify, '--do_verify=0').status).toBe(0);
    const read = run('iotest', folder, ...common, '--rw=randread', verify);
    expect(read.stderr).toBe('');
    expect(read.status).toBe(0);
    fs.rmSync(data);
    const older = '--verify_header_version=fio-3.33';
    expect(run('iotest', folder, ...common, '--rw=randwrite', verify, '--do_verify=0', older).status).toBe(0);
    const back = run('fio', folder, ...common, '--rw=read', verify);
    expect(back.stderr).toBe('');
    expect(back.status).toBe(0);
  });
});

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

/** File and arguments, as fio 3.42 was given them. */
const written: [string, string[]][] = [
  ['md5-interval', ['--bs=4k', '--verify=md5', '--verify_interval=1k']],
  ['crc32c-mixed-bs', ['--bssplit=4k/50:8k/50', '--verify=crc32c']],
  ['crc32c-offset', ['--bs=4k', '--verify=crc32c', '--verify_offset=64']],
  ['pattern', ['--bs=4k', '--verify=pattern', '--verify_pattern=0xdeadbeef']],
  ['pattern-offset', ['--bs=4k', '--verify=pattern', '--verify_pattern=%o']],
  ['pattern_hdr', ['--bs=4k', '--verify=pattern_hdr', '--verify_pattern=0xff%o"abcd"-12']],
  ['sha512', ['--bs=4k', '--verify=sha512']],
  ['null', ['--bs=4k', '--verify=null']],
];

describe('blocks that fio 3.42 wrote are right, and one changed byte is seen', () => {
  it.each(written)('%s', { timeout: 60_000 }, (name, words) => {
    const folder = scratchFolder();
    const data = path.join(folder, 'data');
    fs.copyFileSync(path.join(fixtures, `${name}.bin`), data);
    const argv = ['--name=x', '--filename=data', '--rw=read', '--output=out', ...words];
    const right = run('iotest', folder, ...argv);
    expect(right.stderr).toBe('');
    expect(right.status).toBe(0);
    const file = fs.openSync(data, 'r+');
    fs.writeSync(file, Buffer.of(0x5c), 0, 1, 4096 + 3000);
    fs.closeSync(file);
    const wrong = run('iotest', folder, ...argv);
    expect(wrong.status).toBe(name === 'null' ? 0 : 1);
    if (name !== 'null') expect(wrong.stderr).toMatch(/EILSEQ|verify failed|^fio: got pattern/m);
  });
});

it('what has no content of its own is written byte for byte as fio writes it', { timeout: 60_000 }, () => {
  const folder = scratchFolder();
  for (const [name, words] of written.filter(([name]) => name === 'pattern' || name === 'pattern-offset')) {
    const argv = ['fio', '--name=x', '--filename=data', '--rw=write', '--size=16k', '--output=out', ...words];
    execFileSync(executable, argv, { cwd: folder });
    expect(fs.readFileSync(path.join(folder, 'data')).equals(fs.readFileSync(path.join(fixtures, `${name}.bin`)))).toBe(
      true,
    );
  }
});
