import { describe, expect, it } from 'vitest';
import { fioBucketCount } from './fio-buckets.js';
import { type LogFormat, type LogKind, logPath, priorityText } from './log-files.js';
import { LogWriter } from './log-writer.js';
import { histogramTag, issuedTag, recordWidth, windowTag } from './record-ring.js';

const plain: LogFormat = {
  averageMs: 0,
  windowValue: 'average',
  offset: false,
  issueTime: false,
  priorityInFull: false,
  histogramCoarseness: 0,
  fileNames: ['data', '/srv/x'],
};

/** What `kinds` hold after `records`. */
function textsOf(
  kinds: readonly LogKind[],
  records: readonly (readonly number[])[],
  { isTimed = true, epochMs = 0, ...format }: Partial<LogFormat> & { isTimed?: boolean; epochMs?: number } = {},
): Record<string, string> {
  const texts: Record<string, string> = Object.fromEntries(kinds.map((kind) => [kind, '']));
  const outputs = kinds.map((kind) => ({
    file: { kind, path: kind, adds: false },
    sink: {
      write: (bytes: Buffer) => {
        texts[kind] += bytes.toString();
      },
    },
  }));
  const writer = new LogWriter({ ...plain, ...format }, outputs, () => epochMs, isTimed);
  writer.beginIolog();
  for (const record of records) {
    const row = new Float64Array(recordWidth * 2);
    row.set(record, recordWidth);
    writer.take(row, recordWidth);
  }
  writer.endIolog(777);
  writer.flush();
  return texts;
}

/** A write, complete 12.34 ms after the start: 500 ns to submit, 2000 ns to complete. */
const io = [1, 12_340_000, 2500, 500, 2000, 4096, 8192, 0];
const perIo: readonly LogKind[] = ['bandwidth', 'iops', 'total', 'completion', 'submission'];

describe('lines of single I/Os', () => {
  it('are time in ms, value, direction, bytes, priority; bandwidth in 1000 bytes/s, as fio has it', () => {
    expect(textsOf(perIo, [io])).toEqual({
      bandwidth: '12, 2048000, 1, 4096, 0\n',
      iops: '12, 1, 1, 4096, 0\n',
      total: '12, 2500, 1, 4096, 0\n',
      completion: '12, 2000, 1, 4096, 0\n',
      submission: '12, 500, 1, 4096, 0\n',
    });
  });

  it('have the columns asked for; the time of issue is real in clat and slat, 0 elsewhere', () => {
    const format = { offset: true, issueTime: true, priorityInFull: true, windowValue: 'both' as const };
    expect(textsOf(perIo, [[...io.slice(0, 7), 0x4003]], format)).toEqual({
      bandwidth: '12, 2048000, 0, 1, 4096, 8192, 0x4003, 0\n',
      iops: '12, 1, 0, 1, 4096, 8192, 0x4003, 0\n',
      total: '12, 2500, 0, 1, 4096, 8192, 0x4003, 0\n',
      completion: '12, 2000, 0, 1, 4096, 8192, 0x4003, 12338000\n',
      submission: '12, 500, 0, 1, 4096, 8192, 0x4003, 12338000\n',
    });
  });

  it('have no submission where it was not timed', () => {
    expect(textsOf(['submission', 'completion'], [io], { isTimed: false })).toEqual({
      submission: '',
      completion: '12, 2000, 1, 4096, 0\n',
    });
  });

  it('count time from an epoch where asked to', () => {
    const epochMs = 1_700_000_000_000;
    expect(textsOf(['total'], [io], { epochMs }).total).toBe('1700000000012, 2500, 1, 4096, 0\n');
  });

  it('have a bandwidth of 0 where no time passed', () => {
    expect(textsOf(['bandwidth'], [[0, 0, 0, 0, 0, 512, 0, 0]]).bandwidth).toBe('0, 0, 0, 512, 0\n');
  });
});

describe('lines of windows', () => {
  const mean = [windowTag + 2 * 4 + 1, 500, 1234, 5678];

  it.each([
    ['average', '500, 1234, 1, 0, 0\n'],
    ['maximum', '500, 5678, 1, 0, 0\n'],
    ['both', '500, 1234, 5678, 1, 0, 0\n'],
  ] as const)('%s', (windowValue, line) => {
    expect(textsOf(['total', 'bandwidth'], [mean], { windowValue })).toEqual({ total: line, bandwidth: '' });
  });

  it('have 0 in the columns of single I/Os', () => {
    const format = { offset: true, issueTime: true, priorityInFull: true };
    expect(textsOf(['total'], [mean], format).total).toBe('500, 1234, 1, 0, 0, 0x0000, 0\n');
  });
});

describe('histograms', () => {
  const counts = Array.from({ length: fioBucketCount }, (_, bucket) => (bucket % 64 === 0 ? bucket / 64 : 0));
  const records = [
    [histogramTag + 2, 1000, 0, 0, 0, 8192, 0, 0],
    ...Array.from({ length: fioBucketCount / recordWidth }, (_, k) =>
      counts.slice(k * recordWidth, (k + 1) * recordWidth),
    ),
  ];

  it('are time, direction, bytes and all buckets', () => {
    expect(textsOf(['histogram'], [...records, ...records]).histogram).toBe(
      `1000, 2, 8192, ${counts.join(', ')}\n`.repeat(2),
    );
  });

  it.each([1, 3, 6])('have fewer columns with coarseness %d', (histogramCoarseness) => {
    const line = textsOf(['histogram'], records, { histogramCoarseness }).histogram!;
    const columns = line.trim().split(', ').slice(3).map(Number);
    const stride = 2 ** histogramCoarseness;
    expect(columns).toEqual(
      Array.from({ length: fioBucketCount / stride }, (_, k) =>
        counts.slice(k * stride, (k + 1) * stride).reduce((sum, count) => sum + count, 0),
      ),
    );
  });
});

describe('the recording', () => {
  it('is version 3: files first, then what was issued', () => {
    const records = [
      [issuedTag + 0, 1_234_567, 0, 0, 0, 4096, 2 ** 40, 1],
      [issuedTag + 1, 2_000_999, 0, 0, 0, 512, 0, 0],
      [issuedTag + 2, 2_000_999, 0, 0, 0, 512, 512, 0],
      [issuedTag + 3, 3_000_000, 0, 0, 0, 0, 0, 0],
      [issuedTag + 4, 3_000_000, 0, 0, 0, 0, 0, 1],
    ];
    expect(textsOf(['iolog'], records).iolog).toBe(
      [
        'fio version 3 iolog',
        '0 data add',
        '0 /srv/x add',
        '0 data open',
        '0 /srv/x open',
        '1234 /srv/x read 1099511627776 4096',
        '2000 data write 0 512',
        '2000 data trim 512 512',
        '3000 data sync 0 0',
        '3000 /srv/x datasync 0 0',
        '777 data close',
        '777 /srv/x close',
        '',
      ].join('\n'),
    );
  });
});

it('names files as fio does', () => {
  expect(logPath('run', 'bandwidth', 1)).toBe('run_bw.1.log');
  expect(logPath('dir/run', 'histogram', 12)).toBe('dir/run_clat_hist.12.log');
  expect(['total', 'completion', 'submission', 'iops'].map((kind) => logPath('a', kind as 'total', null))).toEqual([
    'a_lat.log',
    'a_clat.log',
    'a_slat.log',
    'a_iops.log',
  ]);
});

it('prints priorities in short and in full', () => {
  expect([priorityText(0x2003, false), priorityText(0x4003, false)]).toEqual(['1', '0']);
  expect([priorityText(0x2003, true), priorityText(0x4004, true), priorityText(0, true)]).toEqual([
    '0x2003',
    '0x4004',
    '0x0000',
  ]);
});
