/** Chains of several workers as one, in the form of the result document. */

import { chainText } from '../job/chain.js';
import type { ChainOptions } from '../job/job.js';
import { encodeHistogram } from '../stats/encoded-histogram.js';
import { mergeLatencyCounts } from '../stats/latency.js';
import type { ChainElementReport, ChainReport, WorkerReport } from '../stats/worker-report.js';
import type { IotestJob } from './document.js';

/** undefined without chains, and where the workers of a group have different ones: there is no sum of these. */
export function chainFiguresOf(reports: readonly WorkerReport[]): IotestJob['chain'] {
  const parts = reports.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  const [first] = parts;
  if (first === undefined || parts.length < reports.length) return undefined;
  const same = JSON.stringify(first.options);
  if (parts.some(({ options }) => JSON.stringify(options) !== same)) return undefined;
  const sum = (value: (part: ChainReport) => number) => parts.reduce((total, part) => total + value(part), 0);
  const { elements, mode, timing } = first.options;
  return {
    elements: chainText(elements),
    mode,
    timing,
    completeCount: sum((part) => part.completeCount),
    brokenCount: sum((part) => part.brokenCount),
    tornCount: sum((part) => part.tornCount),
    latencyDefinition: definitionOf(first.options),
    perElement: first.elements.map((_, index) => mergeElements(parts.map((part) => part.elements[index]!))),
  };
}

function mergeElements(parts: readonly ChainElementReport[]): NonNullable<IotestJob['chain']>['perElement'][number] {
  const sum = (value: (part: ChainElementReport) => number) => parts.reduce((total, part) => total + value(part), 0);
  const latency = mergeLatencyCounts(parts.map((part) => part.latency));
  return {
    name: parts[0]!.name,
    doneCount: sum((part) => part.doneCount),
    byteCount: sum((part) => part.byteCount),
    shortCount: sum((part) => part.shortCount),
    failedCount: sum((part) => part.failedCount),
    cancelledCount: sum((part) => part.cancelledCount),
    togetherCount: sum((part) => part.togetherCount),
    ...(latency.count === 0 ? {} : { latency: encodeHistogram(latency) }),
  };
}

function definitionOf({ timing }: ChainOptions): string {
  return timing === 'elements'
    ? 'From when the request before it in the chain was seen complete, of the first from the begin of the submission, ' +
        'until it was seen complete; per request that did what was asked.'
    : 'Elements were not timed (chain_timing=chain): the job was woken when whole chains were complete.';
}
