import { describe, expect, it } from 'vitest';
import { compareSets } from '../compare/compare.js';
import { sampleSets } from '../compare/samples.js';
import { figuresOf } from '../report/engine-table.js';
import { buildResult } from '../results/build.js';
import type { FioJob, ResultDocument } from '../results/document.js';
import { figureDefinitions } from '../results/figures.js';
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
import { runGroups, totalCpuNs } from './runs.js';
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

/** A job of its own with so many reads in 2 s. */
function stepOf(name: string, readCount: number, given: Parameters<typeof sampleWorkerReport>[0] = {}) {
  const source = {
    file: 'p.ini',
    line: 1 + [...name].reduce((sum, each) => sum * 31 + each.charCodeAt(0), 0),
    section: name,
  };
  const read = sampleDirection(sampleLatencies(readCount, 100_000));
  const directions = { read, write: sampleDirection([]), trim: sampleDirection([]) };
  const report = sampleWorkerReport({ directions, ...given });
  return sampleStep({
    workers: [sampleOutcome({ worker: samplePlannedWorker({ job: sampleJob({ name, source }) }), report })],
  });
}

describe('superlatives', () => {
  it('are of all jobs, and what a chart leaves out is said', () => {
    const steps = Array.from({ length: 42 }, (_, index) => stepOf(`job ${index}`, 200 + 20 * index));
    const chart = pageCharts(page([buildResult(sampleResultInput(steps))])).find(({ id }) => id === 'rates-read')!;
    expect(chart.description).toContain('The most: job 41 with 510.');
    expect(chart.description).toContain('Drawn: the 24 with the most, of 42; the other 18 are in the table.');
    expect(chart.table.rows).toHaveLength(42);
    expect(chart.drawing.text.match(/class="bar"/g)).toHaveLength(24);
  });

  it('are of all results, and every chart of a hundred of them says that it holds a part', () => {
    const documents = Array.from({ length: 100 }, (_, index) =>
      buildResult(sampleResultInput([stepOf('rd', 200 + index)])),
    );
    const charts = pageCharts(page(documents));
    for (const { title, description } of charts) {
      expect(description, title).toMatch(/Drawn: the (first 8 of 100 series|24 with the (most|least), of 100)/);
    }
    expect(charts[0]!.description).toMatch(/The most: run 100[^.]* with 149\./);
  });

  it('are never of what failed or was interrupted, which is marked', () => {
    const full = stepOf('full', 9000, { error: { errno: 28, during: 'write of 4096 bytes' }, ended: 'error' });
    const cut = stepOf('cut', 8000, { ended: 'interrupted' });
    const document = buildResult(sampleResultInput([full, cut, stepOf('whole', 1000)]));
    const input = page([document]);
    const rates = pageCharts(input).find(({ id }) => id === 'rates-read')!;
    expect(rates.description).toContain('The most: whole with 500.');
    expect(rates.table.rows.map(([name]) => name)).toEqual(['full (not whole)', 'cut (not whole)', 'whole']);
    expect(htmlPage(input)).toContain('>full (not whole)</th>');
  });
});

describe('time', () => {
  /** 4 s in windows of 500 ms, none of them with an I/O between 1 s and 3 s. */
  const stalled = () => {
    const series = Array.from({ length: 8 }, (_, index) => {
      const count = index >= 2 && index < 6 ? 0 : 100;
      const each = (value: number) => ({ read: value, write: 0, trim: 0 });
      return {
        startNs: index * 5e8,
        endNs: (index + 1) * 5e8,
        ioCount: each(count),
        byteCount: each(count * 4096),
        totalNsSum: each(count * 1e5),
      };
    });
    const p99 = { endMs: [500, 1000, 3500, 4000], ns: [1e5, 1e5, 2e5, 1e5] };
    return { ...stepOf('rd', 400, { elapsedNs: 4e9, series }), p99 };
  };
  const chart = (id: string, document: ResultDocument) =>
    pageCharts(page([document])).find((each) => each.id.startsWith('job-rd-') && each.id.endsWith(id))!;
  const lineOf = (text: string) => /class="line" d="([^"]*)"/.exec(text)![1]!;

  it('has a gap in latencies where nothing was completed, and says so', () => {
    const document = buildResult(sampleResultInput([stalled()]));
    for (const id of ['-latency', '-p99']) {
      const { drawing, description } = chart(id, document);
      expect(lineOf(drawing.text).match(/M/g)).toHaveLength(2);
      expect(description).toContain('Where the line has a gap nothing was completed.');
    }
  });

  it('draws rates as steps: no slope into a stall', () => {
    const path = lineOf(chart('-iops', buildResult(sampleResultInput([stalled()]))).drawing.text);
    const points = path
      .split(/[ML]/)
      .filter((text) => text !== '')
      .map((text) => text.split(',').map(Number));
    for (const [index, [x, y]] of points.entries()) {
      const next = points[index + 1];
      if (next !== undefined) expect(next[0] === x || next[1] === y).toBe(true);
    }
    expect(points.filter(([, y]) => y === Math.max(...points.map((point) => point[1]!))).length).toBeGreaterThan(2);
  });

  it('says which of several repetitions it shows', () => {
    const steps = [0, 1, 2].map((repetition) => ({ ...stepOf('rd', 400), repetition }));
    expect(chart('-iops', buildResult(sampleResultInput(steps))).description).toContain(
      ', of the last of 3 repetitions: ',
    );
    expect(chart('-iops', buildResult(sampleResultInput([stepOf('rd', 400)]))).description).not.toContain(
      'repetitions',
    );
  });
});

describe('a rate that was asked for', () => {
  it('is named, and the latency from the intended start stands beside the service time', () => {
    const latencies = sampleLatencies(2000, 100_000);
    const openLoop = sampleDirection(latencies.map((ns) => ns + 100e6)).total;
    const directions = {
      read: sampleDirection(latencies, { openLoop }),
      write: sampleDirection([]),
      trim: sampleDirection([]),
    };
    const base = sampleJob();
    const pacing = { ...base.pacing, iops: { read: 1000, write: 0, trim: 0 } };
    const job = sampleJob({ pacing });
    const report = sampleWorkerReport({ directions });
    const step = sampleStep({ workers: [sampleOutcome({ worker: samplePlannedWorker({ job }), report })] });
    const input = page([buildResult(sampleResultInput([step]))]);
    expect(htmlPage(input)).toMatch(/O_DIRECT, 1000 IOPS asked for/);
    expect(htmlPage(input)).toMatch(/<th scope="col">open-loop p99<\/th>[\s\S]*<td>10\dms<\/td>/);
    const tail = pageCharts(input).find(({ title }) => title === 'The tail of randread')!;
    expect(tail.legend).toEqual(['io_uring service', 'io_uring open loop']);
    expect(tail.table.rows[1]![3]).toMatch(/^10\dms$/);
  });
});

describe('one label', () => {
  it('has one value on all surfaces', () => {
    const step = (repetition: number, medianNs: number) => ({
      ...stepOf('rd', 0, {
        directions: {
          read: sampleDirection(sampleLatencies(Math.round(2e8 / medianNs), medianNs, repetition + 1)),
          write: sampleDirection([]),
          trim: sampleDirection([]),
        },
        userCpuNs: [1e6, 2e6, 9e6, 3e6][repetition]!,
        systemCpuNs: [9e6, 2e6, 1e6, 4e6][repetition]!,
      }),
      repetition,
    });
    const document = buildResult(
      sampleResultInput([step(0, 80_000), step(1, 100_000), step(2, 300_000), step(3, 90_000)]),
    );
    const [group] = runGroups({ label: '', document });
    const [figures] = group!.directions;
    const runs = document.iotest.jobs.map((iotest, index) => ({ fio: document.jobs[index]!, iotest }));
    const table = new Map(figuresOf([runs]).map(({ name, values }) => [name, values[0]]));
    const [set] = sampleSets(document, '');
    const compared = new Map(
      compareSets(set!, set!, { design: 'independent' }).jobs[0]!.metrics.map(({ label, baseline }) => [
        label,
        baseline,
      ]),
    );
    const page: Record<string, number | null> = {
      IOPS: figures!.iops,
      BW: figures!.bytesPerSecond,
      mean: figures!.meanNs,
      p50: figures!.percentileNs[50],
      p99: figures!.percentileNs[99],
      'p99.9': figures!.percentileNs[99.9],
      'CPU/IO': totalCpuNs(group!.cpuPerIo!),
    };
    for (const [label, value] of Object.entries(page)) {
      expect(table.get(label), label).toBeCloseTo(value!, 3);
      expect(compared.get(label === 'CPU/IO' ? label : `read ${label}`), label).toBeCloseTo(value!, 3);
    }
    expect(compared.get('read max')).toBe(figures!.maxNs);
    const { userNs, systemNs, ringThreadNs } = group!.cpuPerIo!;
    expect(userNs + systemNs + ringThreadNs).toBeCloseTo(table.get('CPU/IO')!, 3);
  });

  it('is explained on the page', () => {
    const html = htmlPage(page([sampleResult()]));
    for (const { label, means } of figureDefinitions) expect(html).toContain(`${label}: ${means}.`);
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
