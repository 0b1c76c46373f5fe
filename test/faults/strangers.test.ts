/** Files by strangers: what is no regular file, has no end, promises more than it holds, or is none of our business. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { IotestDocument } from '../../src/results/document.js';
import { serialiseResult } from '../../src/results/fio-json.js';
import { sampleResult } from '../../src/testing/sample-result.js';
import { type Ended, executable, iotest, scratchFolder, warmUpBriefly } from '../cli/command.js';
import { expectNoCrash, flat } from './fault-lab.js';

warmUpBriefly();

const job = '[a]\nfilename=data\nsize=1m\nrw=read\n';

/** Whatever is read must be answered soon. */
async function answer(argv: readonly string[], cwd: string, input = ''): Promise<Ended> {
  const end = await iotest(argv, { cwd, input });
  expectNoCrash(end);
  return end;
}

/** And with little memory: in a process of its own. */
async function within(argv: readonly string[], cwd: string, input = ''): Promise<Ended> {
  const end = await iotest(argv, { cwd, input, environment: { NODE_OPTIONS: '--max-old-space-size=512' } });
  expectNoCrash(end);
  return end;
}

/** A folder with everything that is no regular file of a fair size. */
function oddFolder(): string {
  const cwd = scratchFolder({ 'job.ini': job, sparse: '', 'sparse.json': '' });
  for (const name of ['sparse', 'sparse.json']) truncateSync(join(cwd, name), 2 ** 40);
  execFileSync('mkfifo', ['pipe', 'pipe.json'], { cwd });
  mkdirSync(join(cwd, 'folder'));
  return cwd;
}

const odd: readonly (readonly [path: string, problem: string])[] = [
  ['/dev/zero', 'is a device, not a regular file'],
  ['pipe', 'is a pipe, not a regular file'],
  ['sparse', 'has 1099511627776 bytes, and at most'],
];

describe.each(odd)('%s', (path, problem) => {
  it('is no job file', async () => {
    for (const verb of ['check', 'sweep', 'fio']) {
      const more = verb === 'sweep' ? ['--vary', 'bs=4k,8k'] : [];
      const { stderr, status } = await within([verb, path, ...more], oddFolder());
      expect(flat(stderr), verb).toContain(problem);
      expect(status, verb).toBe(verb === 'fio' ? 1 : 2);
    }
  });

  it('is not included', async () => {
    const { stderr, status } = await within(['check', '-'], oddFolder(), `[a]\ninclude ${path}\nsize=1m\n`);
    expect(flat(stderr)).toContain(`${path} is no list of options`);
    expect(flat(stderr)).toContain(problem);
    expect(status).toBe(2);
  });

  it('is no recording, and no pattern', async () => {
    for (const option of [`read_iolog=${path}`, `buffer_pattern='${path}'\nrw=write`]) {
      const { stderr, status } = await within(['check', '-'], oddFolder(), `[a]\nfilename=x\nsize=1m\n${option}\n`);
      expect(flat(stderr), option).toContain(problem);
      expect(status, option).toBe(2);
    }
  });

  it('is no result', async () => {
    const cwd = oddFolder();
    const word = path.startsWith('/') ? path : `./${path}`;
    for (const argv of [
      ['results', 'show', word],
      ['results', 'export', word, '--format', 'csv'],
      ['compare', word, word],
      ['report', word],
      ['gate', '--baseline', word, '--current', word],
    ]) {
      const { stderr, status } = await within(argv, cwd);
      expect(flat(stderr), argv.join(' ')).toContain(problem);
      expect(status, argv.join(' ')).toBe(2);
    }
  });
});

it('files in a results folder that are no files are named and skipped', async () => {
  const cwd = oddFolder();
  const { stderr, status } = await within(['results', 'list', '--results', '.'], cwd);
  expect(flat(stderr)).toContain('skipped pipe.json: it is not a regular file');
  expect(flat(stderr)).toContain('skipped sparse.json: it has 1099511627776 bytes');
  expect(status).toBe(0);
});

it('labels, indexes, manifests and what was learnt of noise are none where they are no regular files', async () => {
  const cwd = oddFolder();
  mkdirSync(join(cwd, 'results/old.sweep'), { recursive: true });
  writeFileSync(join(cwd, 'results/one.json'), serialiseResult(sampleResult()));
  for (const name of ['one.label', 'index.jsonl', 'old.sweep/sweep.manifest', 'old.sweep/sweep.lock']) {
    execFileSync('mkfifo', [join(cwd, 'results', name)]);
  }
  expect((await answer(['results', 'list'], cwd)).status).toBe(0);
  expect((await answer(['results', 'show', 'one'], cwd)).status).toBe(0);
  const { stderr, status } = await answer(['sweep', '--resume', 'old'], cwd);
  expect(flat(stderr)).toContain('sweep.manifest cannot be read');
  expect(status).toBe(2);
});

describe('standard input and pipes that were meant', () => {
  const shell = (line: string) =>
    spawnSync('bash', ['-c', line], {
      encoding: 'utf8',
      cwd: scratchFolder({ data: 'x'.repeat(4096) }),
      timeout: 60_000,
    });
  const check = `"${executable}" check`;

  it('are read to their end', () => {
    for (const line of [
      `${check} <(sleep 0.2; printf '[late]\\nfilename=data\\n')`,
      `printf '[late]\\nfilename=data\\n' | ${check} /dev/stdin`,
      `printf '[late]\\nfilename=data\\n' | ${check} -`,
      `${check} /dev/fd/3 3< <(printf '[late]\\nfilename=data\\n')`,
    ]) {
      const { stdout, status } = shell(line);
      expect({ line, status, stdout }).toMatchObject({ line, status: 0 });
      expect(stdout).toContain('late');
    }
  });

  it('are read up to a stated size', () => {
    for (const line of [`yes | ${check} -`, `${check} - < /dev/zero`, `${check} <(cat /dev/zero)`]) {
      const { stderr, status } = shell(line);
      expect(flat(stderr), line).toContain('goes on and on, and at most 4 MiB are read');
      expect(status, line).toBe(2);
    }
  });
});

describe('a file that is no job file', () => {
  const secrets = {
    shadow: 'root:$y$hunter2:20000:0:99999:7:::\ndaemon:*hunter2:1::::::\nbin:hunter2:\nsys:hunter2\nsync:hunter2\n',
    env: 'SECRET=hunter2\nOTHER="hunter2"\nsecret_key=hunter2\npassphrase=hunter2\n',
    key: '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2AAAAB3NzaC1yc2E\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n',
    netrc: 'machine example.org login me password hunter2\n',
    words: 'hunter2\nhunter22\nhunter222\nhunter2222\nhunter22222\n',
    script: '#!/bin/sh\nPASS=${hunter2\necho hunter2\n',
    sections: '[hunter2]\npassword=hunter2\n',
    json: '{"password": hunter2}\n',
    binary: 'hunter2\0hunter2',
  };

  it.each(Object.keys(secrets))('keeps its lines to itself: %s', async (name) => {
    const cwd = scratchFolder({ ...secrets, 'inc.ini': `[a]\ninclude ${name}\nsize=1m\n` });
    for (const file of ['inc.ini', name]) {
      for (const argv of [
        ['check', file],
        ['check', file, '--format', 'json'],
        ['fio', '--parse-only', file],
      ]) {
        const { stdout, stderr, status } = await answer(argv, cwd);
        // The name of a section of the file itself is what jobs are called by.
        if (file === name && name === 'sections') continue;
        expect(stdout + stderr, argv.join(' ')).not.toContain('hunter2');
        expect(status, argv.join(' ')).not.toBe(0);
      }
    }
  });

  it('is told by the number of its first line, and after a few problems no more', async () => {
    const cwd = scratchFolder(secrets);
    const { stderr } = await answer(['check', '-'], cwd, '[a]\ninclude shadow\n');
    expect(stderr.match(/^shadow:\d+:/gm)).toEqual(['shadow:1:', 'shadow:2:', 'shadow:3:', 'shadow:4:']);
    expect(stderr).toContain('shadow:1: this line is no option\n    included from stdin:2\n');
    expect(stderr).toContain('and there are more');
  });

  it('is not quoted where a result, a manifest or a recording was wanted', async () => {
    const cwd = scratchFolder({ ...secrets, 'broken.json': '{\n"fio version": "fio-3.42", hunter2\n}\n' });
    for (const name of [...Object.keys(secrets), 'broken.json']) {
      for (const argv of [
        ['compare', `./${name}`, `./${name}`],
        ['results', 'show', `./${name}`],
      ]) {
        const { stdout, stderr, status } = await answer(argv, cwd);
        expect(stdout + stderr).not.toContain('hunter2');
        expect(status).toBe(2);
      }
      const replay = await answer(['check', '-'], cwd, `[a]\nfilename=x\nread_iolog=${name}\n`);
      expect(replay.stdout + replay.stderr, name).not.toContain('hunter2');
    }
  });
});

it('names in a job file are no commands for CI', async () => {
  const text = '[::error title=x::injected]\nioengine=null\nsize=1m\nrw=read\ndescription=::warning::injected\u202e\n';
  const cwd = scratchFolder({ 'job.ini': text });
  for (const argv of [
    ['fio', 'job.ini'],
    ['fio', '--minimal', '--terse-version=2', 'job.ini'],
    ['fio', '--parse-only', '--debug=parse', 'job.ini'],
    ['run', 'job.ini', '--no-save'],
    ['check', 'job.ini'],
  ]) {
    const { stdout, stderr } = await answer(argv, cwd);
    const lines = `${stdout}${stderr}`.split('\n');
    expect(
      lines.filter((line) => /^\s*::|\u202e/.test(line)),
      argv.join(' '),
    ).toEqual([]);
  }
});

it('a label that leads elsewhere is none', async () => {
  const cwd = scratchFolder({ secret: 'hunter2\n' });
  mkdirSync(join(cwd, 'results'));
  writeFileSync(join(cwd, 'results/one.json'), serialiseResult(sampleResult()));
  symlinkSync('../secret', join(cwd, 'results/one.label'));
  for (const argv of [['results'], ['results', 'show', 'one'], ['compare', 'one', 'one'], ['history']]) {
    const { stdout, stderr } = await answer(argv, cwd);
    expect(stdout + stderr, argv.join(' ')).not.toContain('hunter2');
  }
});

it.each([
  ['a million sections', () => '[a]\n'.repeat(1e6), 'more than 16384 jobs'],
  ['a million file names', () => `[a]\nsize=4k\nfilename=${'a:'.repeat(1e6)}\n`, 'size'],
  ['a calculation of a million brackets', () => `[a]\nbs=${'('.repeat(1e6)}\n`, 'a calculation this long'],
  ['includes of 20 MiB together', () => `[a]\n${'include part\n'.repeat(30)}`, 'more than 4 MiB together'],
])('a job file of %s is answered soon', { timeout: 240_000 }, async (_, text, says) => {
  const cwd = scratchFolder({ 'job.ini': text(), part: '; nothing\n'.repeat(7e4) });
  const { stderr } = await within(['check', 'job.ini'], cwd);
  expect(flat(stderr)).toContain(says);
  expect(stderr.length).toBeLessThan(20_000);
});

// ------------------------------------------------------------------------------------- sizes that are only declared

/** HdrHistogram's V2: a head, and counts as they are given. */
function hdr(counts: Buffer, declared: { digits?: number; highest?: bigint; length?: number } = {}): string {
  const head = Buffer.alloc(40);
  head.writeUInt32BE(0x1c849313, 0);
  head.writeUInt32BE(declared.length ?? counts.length, 4);
  head.writeInt32BE(declared.digits ?? 3, 12);
  head.writeBigInt64BE(1n, 16);
  head.writeBigInt64BE(declared.highest ?? 2n ** 43n - 1n, 24);
  head.writeDoubleBE(1, 32);
  const body = deflateSync(Buffer.concat([head, counts]));
  const outer = Buffer.alloc(8);
  outer.writeUInt32BE(0x1c849314, 0);
  outer.writeUInt32BE(body.length, 4);
  return Buffer.concat([outer, body]).toString('base64');
}

/** So many empty buckets, as ZigZag LEB128. */
function emptyBuckets(count: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = count * 2n - 1n; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const bombs: Readonly<Record<string, string>> = {
  'four billion buckets': hdr(Buffer.concat([emptyBuckets(2n ** 32n), Buffer.of(2)])),
  'more buckets than there are numbers': hdr(Buffer.concat([emptyBuckets(2n ** 55n), Buffer.of(2)])),
  'a highest value of 2^62': hdr(Buffer.concat([emptyBuckets(2n ** 20n), Buffer.of(2)]), { highest: 2n ** 62n }),
  'a gigabyte of zeros': hdr(Buffer.alloc(2 ** 30)),
  'five digits': hdr(Buffer.of(2), { digits: 5 }),
  'a length of 4 GiB': hdr(Buffer.of(2), { length: 2 ** 32 - 1 }),
  'base64 without end': 'A'.repeat(5e6),
};

function withHistogram(data: string): IotestDocument {
  const document = structuredClone(sampleResult());
  document.iotest.jobs[0]!.histograms.read!.total.data = data;
  return document;
}

describe.each(Object.entries(bombs))('a histogram that declares %s', (_, data) => {
  it('is refused by all that would open it', async () => {
    const cwd = scratchFolder({ 'bomb.json': serialiseResult(withHistogram(data)) });
    for (const argv of [
      ['results', 'show', './bomb.json'],
      ['compare', './bomb.json', './bomb.json'],
      ['gate', '--baseline', './bomb.json', '--current', './bomb.json'],
    ]) {
      const { stderr, status } = await within(argv, cwd);
      expect(flat(stderr), argv.join(' ')).toContain('a latency histogram of the result cannot be read');
      expect(status, argv.join(' ')).toBe(2);
    }
  });
});

const head = '"fio version": "fio-3.42", "timestamp": 1, "time": "x"';
const crowds: Readonly<Record<string, readonly [json: () => string, says: RegExp]>> = {
  'nests a million levels': [() => `{${head}, "jobs": ${'['.repeat(1e6)}${']'.repeat(1e6)}}`, /more than 64 levels/],
  'holds 20 million values': [() => `{${head}, "jobs": [${'0,'.repeat(2e7)}0]}`, /more than 16000000 values/],
  'has 5 million jobs that are none': [() => `{${head}, "jobs": [${'{},'.repeat(5e6)}{}]}`, /jobs\[0\]/],
  'has a million warnings': [
    () => `{${head}, "jobs": [], "iotest": {"jobs": [], "warnings": [${'0,'.repeat(1e6)}0]}}`,
    /more values than any result has|schema version/,
  ],
  'has a million options': [
    () => `{${head}, "jobs": [], "global options": {${Array.from({ length: 1e6 }, (_, n) => `"${n}":1`).join()}}}`,
    /more values than any result has/,
  ],
};

it.each(Object.entries(crowds))('a result that %s is refused soon', { timeout: 120_000 }, async (_, [json, says]) => {
  const cwd = scratchFolder({ 'crowd.json': json() });
  const end = await iotest(['results', 'show', './crowd.json'], {
    cwd,
    environment: { NODE_OPTIONS: '--max-old-space-size=1500' },
  });
  expect(flat(end.stderr)).toMatch(says);
  expect(end.stderr).not.toMatch(/^\s+at |bug of iotest/m);
  expect(end.stderr.length).toBeLessThan(20_000);
  expect(end.status).toBe(2);
});

describe('a recording', () => {
  it.each([
    ['trims of 8 PiB', '0 x trim 0 9007199254740991\n'.repeat(5), /more than \d+ I\/Os/],
    ['a line of 8 MiB', `0 x ${'y'.repeat(2 ** 23)} 0 1`, /longer than/],
    [
      'a hundred thousand files',
      Array.from({ length: 1e5 }, (_, n) => `0 f${n} add`).join('\n'),
      /more than \d+ files/,
    ],
  ])('with %s is refused soon', async (_, line, says) => {
    const cwd = scratchFolder({ log: `fio version 3 iolog\n0 x add\n0 x open\n${line}\n` });
    const { stderr, status } = await within(['check', '-'], cwd, '[a]\nfilename=x\nread_iolog=log\n');
    expect(flat(stderr)).toMatch(says);
    expect(stderr.length).toBeLessThan(10_000);
    expect(status).toBe(2);
  });
});
