/** Rounds that settle: the rates of the tracked jobs from round to round, and whether the last five are steady. */
import type { IotestDocument } from '../results/document.js';
import { judgeSnia, sniaWindowRounds } from '../stats/snia.js';
import { formatIops } from '../support/units.js';
import { axisBetween, axisFromZero } from './axis.js';
import { iopsOf } from './characterization.js';
import { type Chart, drawLines } from './chart.js';
import { listed } from './latency-pictures.js';

/** Each in per cent of its mean over the last five rounds, so that large and small rates share one axis. null for one round. */
export function convergenceChart(
  id: string,
  all: readonly {
    readonly label: string;
    readonly rounds: readonly IotestDocument[];
    readonly jobNames: readonly string[];
  }[],
): Chart | null {
  const lines = all.flatMap(({ label, rounds, jobNames }) =>
    jobNames.flatMap((jobName) => {
      const values = rounds.flatMap((document) => iopsOf(document, jobName) ?? []);
      if (values.length < 2) return [];
      const window = values.slice(-sniaWindowRounds);
      const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
      const verdict = judgeSnia(values);
      return mean === 0 ? [] : [{ label: label === '' ? jobName : `${label} ${jobName}`, values, mean, verdict }];
    }),
  );
  if (lines.length === 0) return null;
  const share = (percent: number) => `${Number(percent.toPrecision(3))} %`;
  const verdicts = lines.map(({ label, verdict }) =>
    verdict === null ? `${label} has too few rounds to tell` : `${label} is ${verdict.isSteady ? '' : 'not '}steady`,
  );
  const description = `IOPS of the tracked jobs in each round, in per cent of their mean over the last five. Steady means a range of at most 20 % and a rise of the fitted line of at most 10 % over these. ${listed(verdicts)}.`;
  const points = lines.map(({ label, values, mean }) => ({
    label,
    form: 'line and marks' as const,
    points: values.map((value, index) => ({ x: index + 1, y: (100 * value) / mean })),
  }));
  const roundCount = Math.max(...lines.map(({ values }) => values.length));
  return {
    id,
    title: 'How the rounds settle',
    description,
    drawing: drawLines({
      x: axisBetween({
        label: 'round',
        values: [1, roundCount],
        format: (round) => (Number.isInteger(round) ? String(round) : ''),
      }),
      y: axisFromZero({
        label: 'per cent of the mean',
        values: points.flatMap((line) => line.points.map(({ y }) => y)),
        format: (value) => `${value}%`,
      }),
      series: points,
      description,
    }),
    legend: lines.map(({ label }) => label),
    table: {
      head: ['job', 'rounds', 'mean of the last five', 'range', 'rise of the line', 'steady'],
      rows: lines.map(({ label, values, mean, verdict }) => [
        label,
        String(values.length),
        formatIops(mean),
        verdict === null ? '–' : share(verdict.rangePercent),
        verdict === null ? '–' : share(verdict.excursionPercent),
        verdict === null ? 'too few rounds' : verdict.isSteady ? 'yes' : 'no',
      ]),
    },
  };
}
