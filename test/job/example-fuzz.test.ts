/**
 * fio's own example job files and what becomes of them by cuts, doubled lines, and lines of other examples: whatever the
 * text, the parser answers with jobs or a `UserError`, and what it accepts it can print and read again.
 */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fioExamples } from '../../scripts/corpus.js';
import { expectRoundTrip, parseOrNull } from '../../src/testing/job-round-trip.js';

const folder = fioExamples();
const missing = folder === null ? 'the package fio-examples cannot be had' : null;
const title = (text: string) => (missing === null ? text : `${text} [skipped: ${missing}]`);

const names = folder === null ? [] : fs.readdirSync(folder).filter((name) => name.endsWith('.fio'));
const texts = new Map(names.map((name) => [name, fs.readFileSync(path.join(folder!, name), 'latin1')]));
const allLines = [...texts.values()].flatMap((text) => text.split('\n')).filter((line) => /^\s*[\w[]/.test(line));

/** One change of a file. `at` is a share of its lines or characters. */
type Edit = (text: string) => string;

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const onLines = (change: (lines: string[], index: number) => void) =>
  share.map(
    (at): Edit =>
      (text) => {
        const lines = text.split('\n');
        change(lines, Math.floor(at * lines.length));
        return lines.join('\n');
      },
  );

const edit: fc.Arbitrary<Edit> = fc.oneof(
  onLines((lines, index) => lines.splice(index, 1)),
  onLines((lines, index) => lines.splice(index, 0, lines[index]!)),
  onLines((lines, index) => lines.splice(index, 2, lines.slice(index, index + 2).join(''))),
  fc.tuple(share, fc.constantFrom('', ...allLines)).map(
    ([at, line]): Edit =>
      (text) => {
        const lines = text.split('\n');
        lines.splice(Math.floor(at * lines.length), 0, line);
        return lines.join('\n');
      },
  ),
  // The value of another option.
  fc.tuple(share, fc.constantFrom('', ...allLines)).map(
    ([at, line]): Edit =>
      (text) => {
        const lines = text.split('\n');
        const index = Math.floor(at * lines.length);
        lines[index] = `${lines[index]!.split('=')[0]}=${line.split('=').slice(1).join('=')}`;
        return lines.join('\n');
      },
  ),
  fc
    .tuple(
      share,
      fc.nat(8),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('=', '\n', '%', ',')),
    )
    .map(
      ([at, removed, inserted]): Edit =>
        (text) => {
          const start = Math.floor(at * text.length);
          return text.slice(0, start) + inserted + text.slice(start + removed);
        },
    ),
);

describe.skipIf(missing !== null)(title("fio's examples"), () => {
  it('survive printing where they are accepted', () => {
    const accepted = names.filter((name) => {
      const jobSet = parseOrNull(texts.get(name)!);
      if (jobSet !== null) expectRoundTrip(jobSet);
      return jobSet !== null;
    });
    expect(accepted.length).toBeGreaterThan(20);
  });

  it.each(names)('%s: changed, is answered with jobs that survive printing, or with problems', (name) => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const jobSet = parseOrNull(edits.reduce((text, change) => change(text), texts.get(name)!));
        if (jobSet !== null && jobSet.jobs.length < 50) expectRoundTrip(jobSet);
      }),
      { seed: 20261125, numRuns: 25 },
    );
  });
});
