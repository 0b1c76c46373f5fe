/** The hosts of a run beside each other: when they began and ended, and a line for each. */
import { hostsOf, type IotestDocument } from '../results/document.js';
import { type HostFigures, hostFigures, type StepGroup, stepGroups, stepTimes } from '../results/host-figures.js';
import { printable } from '../support/printable.js';
import { formatBandwidthShort, formatIops, formatLatencyNs } from '../support/units.js';
import { wrap } from './layout.js';
import { tableLines } from './table.js';
import type { Style } from './terminal.js';

/** Empty for a run on one machine. */
export function hostLines(document: IotestDocument, style: Style): string[] {
  const hosts = hostsOf(document);
  if (hosts.length === 0) return [];
  const groups = stepGroups(document);
  const hasMany = groups.length > 1;
  const lost = hosts.filter(({ document: own }) => own === null);
  return [
    ...groups.flatMap((group) => [
      ...(hasMany ? [style.strong(printable(`${titleOf(document, group)}:`))] : []),
      ...timeLines(document, group),
      ...groupTable(hostFigures(document, group), style),
      '',
    ]),
    ...lost.flatMap(({ name, lost: reason }) =>
      wrap(printable(`${name}: no result: ${reason ?? 'nothing is known'}`), '').map(style.bad),
    ),
  ];
}

function titleOf({ iotest }: IotestDocument, { stepIndexes, variant }: StepGroup): string {
  const names = iotest.steps[stepIndexes[0]!]!.jobIndexes.map((index) => iotest.jobs[index]!.jobName);
  const jobs = [...new Set(names)].join(', ');
  return iotest.variants.length > 1 ? `${variant}: ${jobs}` : jobs;
}

/** `3 hosts, start skew 0.4 ms (±0.2 ms), overlap 29.98 of 30.00 s`; of repetitions the worst. */
function timeLines(document: IotestDocument, { stepIndexes }: StepGroup): string[] {
  const times = stepIndexes.flatMap((index) => stepTimes(document, index) ?? []);
  if (times.length === 0) return [];
  const skew = times.reduce((worst, each) => ((each.skewNs ?? 0) > (worst.skewNs ?? 0) ? each : worst));
  const least = times.reduce((worst, each) =>
    each.overlapNs / each.wholeNs < worst.overlapNs / worst.wholeNs ? each : worst,
  );
  const seconds = (ns: number) => (ns / 1e9).toFixed(2);
  const facts = [
    `${hostsOf(document).length} hosts`,
    ...(skew.skewNs === null
      ? []
      : [`start skew ${formatLatencyNs(skew.skewNs)} (+-${formatLatencyNs(skew.skewBoundNs)})`]),
    `overlap ${seconds(least.overlapNs)} of ${seconds(least.wholeNs)} s`,
  ];
  const isTorn = least.overlapNs < 0.95 * least.wholeNs;
  return [
    ...wrap(printable(facts.join(', ')), '  '),
    ...(isTorn
      ? wrap(
          printable(
            `while all were at work: IOPS=${formatIops(least.overlapIops)}, BW=${formatBandwidthShort(least.overlapBytesPerSecond)}; ` +
              `first done ${least.firstDone}, last ${least.lastDone}, ${seconds(least.wholeNs - least.overlapNs)} s not all of them`,
          ),
          '  ',
        )
      : []),
  ];
}

function groupTable(figures: readonly HostFigures[], style: Style): string[] {
  const dash = (value: number | null, text: (value: number) => string) => (value === null ? '-' : text(value));
  const rows = figures.map((host) => [
    printable(host.name),
    formatIops(host.iops),
    formatBandwidthShort(host.bytesPerSecond),
    dash(host.p50Ns, formatLatencyNs),
    dash(host.p99Ns, formatLatencyNs),
    dash(host.byMedian, (share) => share.toFixed(2)),
    dash(host.lateNs, (ns) => (ns < 0 ? '-' : '') + formatLatencyNs(Math.abs(ns))),
  ]);
  const head = ['host', 'IOPS', 'BW', 'p50', 'p99', 'by median', 'late'];
  const align = ['left', 'right', 'right', 'right', 'right', 'right', 'right'] as const;
  const [first, ...lines] = tableLines({ rows: [head, ...rows], align, indent: 2, gap: 2 });
  return [
    style.faint(first!),
    ...lines.flatMap((line, index) => [
      line,
      ...figures[index]!.notes.flatMap((note) => wrap(printable(note), '    ').map(style.caution)),
    ]),
  ];
}
