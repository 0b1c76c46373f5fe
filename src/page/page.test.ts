import { describe, expect, it } from 'vitest';
import { buildResult } from '../results/build.js';
import type { FioJob, ResultDocument } from '../results/document.js';
import { sampleComparison, sampleMetric } from '../testing/sample-comparison.js';
import {
  sampleDirection,
  sampleEnginesResult,
  sampleJob,
  sampleLatencies,
  sampleOutcome,
  samplePlannedWorker,
  sampleResult,
  sampleResultInput,
  sampleStep,
  sampleWorkerReport,
} from '../testing/sample-result.js';
import { standaloneSvg } from './chart.js';
import { htmlPage, type PageInput, pageCharts } from './page.js';
import { standaloneCss } from './style.js';

function page(documents: readonly ResultDocument[], given: Partial<PageInput> = {}): PageInput {
  return {
    title: 'A page',
    subjects: documents.map((document, index) => ({ label: `run ${index + 1}`, document })),
    comparisons: [],
    fingerprints: [],
    notes: [],
    ...given,
  };
}

const chartIds = (input: PageInput) => pageCharts(input).map(({ id }) => id);

describe('a page', () => {
  const rich = page([sampleEnginesResult()]);

  it('is the same each time', () => {
    expect(htmlPage(rich)).toBe(htmlPage(page([sampleEnginesResult()])));
  });

  it('needs nothing from outside: no script, no address, no image', () => {
    const html = htmlPage(rich);
    expect(html).not.toMatch(/<script|<img|<link|<iframe|@import|url\(/i);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  it('has charts of rates, costs, latencies and time where there is something to show', () => {
    const titles = pageCharts(rich).map(({ title }) => title);
    expect(titles).toEqual([
      'IOPS of mixed (read), side by side',
      'IOPS of mixed (write), side by side',
      'CPU per I/O of mixed',
      'How the latencies of mixed are spread',
      'The tail of mixed',
      'IOPS of mixed over time',
      'Mean latency of mixed over time',
    ]);
  });

  it('has a table and a description with every drawing', () => {
    for (const { table, description, drawing } of pageCharts(rich)) {
      expect(table.rows.length).toBeGreaterThan(0);
      expect(table.rows.every((row) => row.length === table.head.length)).toBe(true);
      expect(description.length).toBeGreaterThan(20);
      expect(drawing.text).toContain('role="img" aria-label="');
    }
  });

  it('names each chart once', () => {
    const ids = chartIds(page([sampleEnginesResult(), sampleEnginesResult()]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells results apart by their labels', () => {
    expect(htmlPage(page([sampleResult(), sampleResult()]))).toMatch(/run 1[\s\S]*run 2/);
  });

  it('says what is worse and how sure that is', () => {
    const worse = sampleMetric({ label: 'read p99', ratio: 1.4, pAdjusted: 0.001, better: 'less' });
    const html = htmlPage(page([sampleResult()], { comparisons: [sampleComparison([worse])] }));
    expect(html).toMatch(/<td class="text bad">1\.400x[^<]*, worse<\/td>/);
  });

  it('names differing machines, what matters first as it was given', () => {
    const known = (value: string) => ({ value, reason: null });
    const html = htmlPage(
      page([sampleResult(), sampleResult()], {
        fingerprints: [
          {
            label: 'run 2',
            against: 'run 1',
            differences: [
              { field: 'kernel.release', class: 'blocking', left: known('6.1'), right: known('6.12') },
              {
                field: 'cpu.governor',
                class: 'warning',
                left: { value: null, reason: 'not there' },
                right: known('performance'),
              },
            ],
          },
        ],
      }),
    );
    expect(html).toContain('<td>much</td><td>6.1</td><td>6.12</td>');
    expect(html).toContain('unknown (not there)');
  });

  it('names whose finding it is, and says once what many jobs have', () => {
    const slow = (part: number) => ({
      code: 'ruler-significant',
      jobName: null,
      message: `measuring took ${part} %`,
      advice: null,
    });
    const withWarnings = (parts: readonly number[]): ResultDocument => {
      const document = sampleResult();
      return { ...document, iotest: { ...document.iotest, warnings: parts.map(slow) } };
    };
    const html = htmlPage(page([withWarnings([1, 2, 3, 4]), withWarnings([5])]));
    expect(html).toContain('run 1: measuring took 1 %<');
    expect(html).toContain('run 1: measuring took 2 % (and 2 more like it)<');
    expect(html).not.toContain('measuring took 3 %');
    expect(html).toContain('run 2: measuring took 5 %<');
    expect(htmlPage(page([withWarnings([1])]))).toContain('>measuring took 1 %<');
  });

  it('shows errors and warnings', () => {
    const html = htmlPage(rich);
    expect(html).toContain('class="notes bad"');
    expect(html).toContain('set iodepth to 256 or less');
  });
});

describe('awkward results', () => {
  it('with markup in names stay text', () => {
    const document = structuredClone(sampleResult());
    document.jobs[0]!.jobname = '<script>alert(1)</script>"&\u0007';
    document.iotest.jobs[0]!.jobName = document.jobs[0]!.jobname;
    const html = htmlPage(page([document], { title: '</title><b>' }));
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;\ufffd');
  });

  it('without any I/O say so', () => {
    const document = structuredClone(sampleResult());
    for (const name of ['read', 'write', 'trim'] as const) {
      document.jobs[0]![name].total_ios = 0;
      document.jobs[0]![name].iops = 0;
    }
    document.iotest.jobs[0]!.histograms = {};
    const html = htmlPage(page([document]));
    expect(html).toContain('No I/O was completed');
    expect(html).not.toContain('NaN');
  });

  it('of one I/O that took a second have their charts', () => {
    const directions = { read: sampleDirection([1e9]), write: sampleDirection([]), trim: sampleDirection([]) };
    const report = sampleWorkerReport({ directions });
    const document = buildResult(sampleResultInput([sampleStep({ workers: [sampleOutcome({ report })] })]));
    const html = htmlPage(page([document]));
    expect(html).toContain('How the latencies of randread are spread');
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('of five hundred jobs make a page that can be read', () => {
    const one = sampleResult();
    const jobs = Array.from({ length: 500 }, (_, index) => ({ ...one.jobs[0]!, jobname: `job ${index}` }));
    const ours = jobs.map(({ jobname }) => ({ ...one.iotest.jobs[0]!, jobName: jobname }));
    const html = htmlPage(page([{ ...one, jobs, iotest: { ...one.iotest, jobs: ours } }]));
    expect(html).toContain('job 499');
    expect(html).not.toMatch(/NaN|undefined/);
  });

  it('stay below 2 MB for fifty jobs', () => {
    const one = sampleEnginesResult();
    const jobs = Array.from({ length: 25 }, (_, index) =>
      one.jobs.map((job) => ({ ...job, jobname: `job ${index}` })),
    ).flat();
    const ours = jobs.map((job, index) => ({ ...one.iotest.jobs[index % 2]!, jobName: job.jobname }));
    const html = htmlPage(page([{ ...one, jobs, iotest: { ...one.iotest, jobs: ours } }]));
    expect(html.length).toBeLessThan(2e6);
  });
});

describe("fio's own JSON", () => {
  const plain = (change: (job: FioJob) => void): ResultDocument => {
    const { iotest: _, ...document } = structuredClone(sampleResult());
    for (const job of document.jobs) change(job);
    return { ...document, 'fio version': 'fio-3.42' };
  };

  it('has percentiles, and no histogram', () => {
    const titles = pageCharts(page([plain(() => undefined)])).map(({ title }) => title);
    expect(titles).toEqual(['The tail of randread']);
  });

  it('has a histogram in json+', () => {
    const document = plain((job) => {
      job.read.clat_ns.bins = { '1000': 5, '2000': 90, '64000': 5 };
    });
    expect(pageCharts(page([document])).map(({ title }) => title)).toContain(
      'How the latencies of randread are spread',
    );
  });
});

describe('jobs that differ in depth alone', () => {
  const ladder = (rates: readonly number[]) =>
    buildResult(
      sampleResultInput(
        rates.map((count, index) => {
          const job = sampleJob({
            name: `d${2 ** index}`,
            source: { file: 'l.ini', line: index + 1, section: `d${2 ** index}` },
          });
          const engine = { ...samplePlannedWorker().engine, depth: 2 ** index };
          const directions = {
            read: sampleDirection(sampleLatencies(count, 100_000 * 2 ** index)),
            write: sampleDirection([]),
            trim: sampleDirection([]),
          };
          const worker = samplePlannedWorker({ job, engine, engineLabel: 'io_uring' });
          return sampleStep({ workers: [sampleOutcome({ worker, report: sampleWorkerReport({ directions }) })] });
        }),
      ),
    );

  it('make a depth curve that names the depth that is enough', () => {
    const charts = pageCharts(page([ladder([1000, 2000, 3900, 4000])]));
    const depth = charts.find(({ id }) => id === 'depth')!;
    expect(depth.description).toContain('depth 4 is within 5 % of its best');
    expect(depth.table.rows.map((row) => row[1])).toEqual(['1', '2', '4', '8']);
    expect(charts.map(({ id }) => id)).toContain('hockey-stick-p99');
  });

  it('make none with two depths', () => {
    expect(chartIds(page([ladder([1000, 2000])]))).not.toContain('depth');
  });
});

describe('a chart alone', () => {
  const charts = pageCharts(page([sampleEnginesResult()]));
  const svgOf = (title: RegExp) => standaloneSvg(charts.find((chart) => title.test(chart.title))!, standaloneCss);

  it('is a whole SVG file with its own style, title and legend', () => {
    const svg = svgOf(/^How the latencies/);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><title>/);
    expect(svg).toMatch(/<\/svg>\n$/);
    expect(svg).toContain('class="heading" x="12" y="24">How the latencies of mixed are spread</text>');
    const { legend } = charts.find(({ title }) => title.startsWith('How the latencies'))!;
    expect(legend.length).toBeGreaterThan(1);
    for (const label of legend) expect(svg).toContain(`>${label}</text>`);
  });

  it('has its colours where programs that know no variables find them', () => {
    expect(svgOf(/^CPU per I\/O/)).not.toMatch(/var\(|--/);
    expect(svgOf(/^CPU per I\/O/)).toContain('.s1 .bar{fill:#d55e00}');
  });
});
