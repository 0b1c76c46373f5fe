import { describe, expect, it } from 'vitest';
import { plainStyle } from '../report/terminal.js';
import { sampleGate, sampleGated, sampleMetric } from '../testing/sample-comparison.js';
import { gateJson, gateJunit, gateMarkdown, githubAnnotations } from './export.js';
import { formatGate } from './text.js';

const passed = sampleGated({
  verdict: 'pass',
  reason: 'within 10 %',
  comparison: sampleMetric({
    label: 'read IOPS',
    finding: 'within',
    unit: 'iops',
    better: 'more',
    ratio: 1,
    baseline: 1e4,
    current: 1e4,
  }),
});
const subject = { report: sampleGate({ metrics: [sampleGated(), passed] }), notes: ['saved as results/x.json'] };

describe('formatGate', () => {
  it('says on one screen what got worse, by how much, how sure, compared with what', () => {
    const text = formatGate(subject, plainStyle(true));
    expect(text).toMatchInlineSnapshot(`
      "iotest gate: REGRESSION
        rd read p99 is 25.0 % higher, beyond the tolerance of 10 %

      new against old: 10 pairs in one run, taking turns; what looked worse was
      measured a second time; 3.1 % worse would show in four of five such gates

                baseline current  change 96.1% ratio limit
      read p99     100us   125us +25.0 % 1.200-1.310   10% regression
      read IOPS    10.0k   10.0k  +0.0 % 1.200-1.310   10% pass

      note: saved as results/x.json
      "
    `);
    const many = Array.from({ length: 60 }, (_, index) => sampleGated({ jobName: `a rather long job name ${index}` }));
    const reasons = many.map(({ jobName }) => `${jobName} read p99 is 25.0 % higher, beyond the tolerance of 10 %`);
    const lines = formatGate({ report: sampleGate({ metrics: many, reasons }), notes: [] }, plainStyle(true)).split(
      '\n',
    );
    expect(lines.length).toBeLessThanOrEqual(25);
    expect(lines.join('\n')).toContain('and 50 more, 50 of them worse');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('says what to do when it cannot tell', () => {
    const report = sampleGate({ verdict: 'inconclusive', metrics: [sampleGated({ verdict: 'inconclusive' })] });
    expect(formatGate({ report, notes: [] }, plainStyle(false))).toContain('-> measure more repetitions (--repeat)');
    expect(formatGate({ report, notes: [], interrupted: true }, plainStyle(false))).not.toContain('--repeat');
    const advised = { ...report, advice: 'about 40 pairs would decide: --budget 20m' };
    expect(formatGate({ report: advised, notes: [] }, plainStyle(false))).toContain(
      '-> about 40 pairs would decide: --budget 20m; --inconclusive-ok lets this pass',
    );
    const other = sampleGate({ verdict: 'incomparable', metrics: [] });
    expect(formatGate({ report: other, notes: [] }, plainStyle(false))).toContain('--vary FIELD');
  });
});

describe('gateJunit', () => {
  it('has a case for each job and metric, and counts them', () => {
    const metrics = [
      sampleGated({ jobName: 'a<b>&"c"\u0001' }),
      passed,
      sampleGated({ verdict: 'inconclusive' }),
      sampleGated({ verdict: null, role: 'advisory', reason: 'reported only' }),
    ];
    const subject = { report: sampleGate({ metrics }), notes: [] };
    const text = gateJunit(subject, 3);
    expect(text).toContain('<testsuite name="iotest gate" tests="4" failures="1" errors="0" skipped="2">');
    // Where not to have decided fails the gate, a reader of JUnit sees no green either.
    expect(gateJunit(subject, 4)).toContain('tests="4" failures="1" errors="1" skipped="1">');
    expect(text).toContain('classname="a&lt;b&gt;&amp;&quot;c&quot;?"');
    expect(text.match(/<testcase /g)).toHaveLength(4);
  });

  it('has an error where nothing can be compared', () => {
    const report = sampleGate({ verdict: 'incomparable', metrics: [], reasons: ['kernel differs'] });
    expect(gateJunit({ report, notes: [] }, 5)).toContain('<error message="kernel differs"/>');
  });
});

describe('githubAnnotations', () => {
  it('are one that sums up and at most nine more, on one line each', () => {
    const reasons = Array.from({ length: 30 }, (_, index) => `job ${index}: 100%\nworse`);
    const lines = githubAnnotations({ report: sampleGate({ reasons }), notes: [] }, 3);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatch(/^::error title=iotest gate::regression: 30 reasons\. /);
    expect(lines[1]).toBe('::error title=iotest gate%3A regression::job 0: 100%25%0Aworse');
    expect(githubAnnotations({ report: sampleGate({ verdict: 'pass' }), notes: [] }, 0)).toEqual([]);
    const undecided = { report: sampleGate({ verdict: 'inconclusive', advice: 'use --budget 20m' }), notes: [] };
    expect(githubAnnotations(undecided, 4)[0]).toMatch(/^::error .*use --budget 20m$/);
    expect(githubAnnotations(undecided, 0)[0]).toMatch(/^::warning /);
  });
});

describe('gateMarkdown', () => {
  it('holds the verdict, the reasons and the figures', () => {
    const text = gateMarkdown(subject);
    expect(text).toContain('## 🔴 iotest gate: regression');
    expect(text).toContain('| rd read p99 | 100us | 125us | **+25.0 %** | 1.200-1.310 | 10 % | 🔴 regression |');
  });

  it('stays below what GitHub takes', () => {
    const metrics = Array.from({ length: 2000 }, () => sampleGated({ jobName: 'x'.repeat(60) }));
    expect(Buffer.byteLength(gateMarkdown({ report: sampleGate({ metrics }), notes: [] }))).toBeLessThan(64 * 1024);
  });
});

describe('gateJson', () => {
  it('is the same for the same verdict, with all figures and the exit code', () => {
    const { gate } = JSON.parse(gateJson(subject, 3)) as { gate: Record<string, unknown> };
    expect(gate).toMatchObject({ schemaVersion: 2, verdict: 'regression', exitCode: 3, design: 'paired' });
    expect(gateJson(subject, 3)).toBe(gateJson(subject, 3));
    expect(JSON.stringify(gate)).not.toContain('evidence');
  });
});
