import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { sampleEnginesResult, sampleResult } from '../testing/sample-result.js';
import { serialiseResult, withBins } from './fio-json.js';
import { parseResult } from './parse.js';

const ours = serialiseResult(sampleEnginesResult());

/** The document of `sampleResult` as plain data, changed. */
// biome-ignore lint/suspicious/noExplicitAny: the point is to put in what the types forbid
function changed(change: (document: any) => void): string {
  const document = JSON.parse(serialiseResult(sampleResult()));
  change(document);
  return JSON.stringify(document);
}

function problemsOf(text: string): readonly { message: string; place: unknown; advice: string | null }[] {
  try {
    parseResult(text, 'r.json');
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('accepted');
}

const messagesOf = (text: string) => problemsOf(text).map((problem) => problem.message);

describe('accepts', () => {
  it('our own documents, with and without bins', () => {
    expect(parseResult(ours, 'r.json').iotest?.jobs).toHaveLength(2);
    expect(
      parseResult(serialiseResult(withBins(sampleEnginesResult())), 'r.json').jobs[0]!.read.clat_ns.bins,
    ).toBeDefined();
  });

  it("fio's documents, which have no iotest key", () => {
    const text = changed((document) => {
      delete document.iotest;
    });
    expect(parseResult(text, 'r.json').iotest).toBeUndefined();
  });

  it('messages before and after the document', () => {
    const noisy = `fio: this platform does not support {weird} things\n\n${ours}\nfio: terminating on signal 2\n`;
    expect(parseResult(noisy, 'r.json').jobs).toHaveLength(2);
    expect(parseResult(`\uFEFF${ours}`, 'r.json').jobs).toHaveLength(2);
  });

  it('keys that it does not know, and keeps them', () => {
    const text = changed((document) => {
      document.cpu_idleness = { system: 1.5 };
    });
    expect(parseResult(text, 'r.json')).toHaveProperty('cpu_idleness');
  });
});

describe('rejects', () => {
  it.each([
    ['nothing', '', /empty/],
    ['text', 'no json here', /no JSON document/],
    ['other JSON', '{"a": 1}', /not a result: "fio version" is missing/],
    ['a document cut short', ours.slice(0, 4000), /not valid JSON/],
    ['two documents in one', ours + ours, /not valid JSON/],
    ["fio's client output", '{"fio version": "fio-3.33", "client_stats": []}', /client\/server/],
    ['a document without jobs', '{"fio version": "fio-3.33", "timestamp": 1, "time": ""}', /^jobs: /],
  ])('%s', (_, text, message) => {
    expect(messagesOf(text)[0]).toMatch(message);
    expect(problemsOf(text)[0]!.advice).toBeTruthy();
  });

  it('a newer schema, with what to do', () => {
    const text = changed((document) => {
      document.iotest.schemaVersion = 2;
    });
    expect(messagesOf(text)).toEqual(['schema version 2 is newer than 1, the newest known here']);
  });

  it('every broken place at once, named', () => {
    const text = changed((document) => {
      const [job] = document.jobs;
      job.read.iops = 'fast';
      delete job.write.bw;
      job['job options'].bs = 4096;
      document.iotest.jobs[0].ended = 'exploded';
    });
    expect(messagesOf(text)).toEqual([
      expect.stringMatching(/^jobs\[0\]\["job options"\]\.bs: .*string/),
      expect.stringMatching(/^jobs\[0\]\.read\.iops: .*number/),
      expect.stringMatching(/^jobs\[0\]\.write\.bw: .*number/),
      expect.stringMatching(/^iotest\.jobs\[0\]\.ended: .*"failed"/),
    ]);
    expect(problemsOf(text)[0]!.place).toMatchObject({ file: 'r.json' });
  });

  it('parts that do not belong together', () => {
    const text = changed((document) => {
      document.iotest.jobs.length = 0;
    });
    expect(messagesOf(text)).toEqual(['jobs has 1 entries but iotest.jobs has 0']);
  });

  it('bad JSON at its line and column', () => {
    const text = 'note\n{\n  "fio version" : fio\n}\n';
    const [problem] = problemsOf(text);
    expect(problem!.message).toMatch(/not valid JSON/);
    expect(problem!.place).toMatchObject({ file: 'r.json', line: 3, column: 20, text: '' });
  });

  it('anything else with a UserError and nothing worse', () => {
    const damage = fc.record({ at: fc.nat(ours.length), length: fc.nat(40), text: fc.string({ maxLength: 8 }) });
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), damage), (input) => {
        const text =
          typeof input === 'string'
            ? input
            : ours.slice(0, input.at) + input.text + ours.slice(input.at + input.length);
        try {
          parseResult(text, 'r.json');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
