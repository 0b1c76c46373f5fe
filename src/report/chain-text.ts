/** A job's chains as text: each element with its latency and its fate. */

import type { IotestJob } from '../results/document.js';
import { meanNs, percentilesNs } from '../stats/histogram.js';
import { latencyOf } from '../stats/latencies.js';
import { formatCount, formatLatencyNs, formatPercent } from '../support/units.js';
import { factLines, wrap } from './layout.js';
import { tableLines } from './table.js';
import type { Style } from './terminal.js';

type Chain = NonNullable<IotestJob['chain']>;

/** Nothing for jobs of single requests. */
export function chainLines({ chain }: Pick<IotestJob, 'chain'>, style: Style): string[] {
  if (chain === undefined) return [];
  const broken = `${formatCount(chain.brokenCount)} broken`;
  const head = factLines('  chain   : ', [
    chain.elements,
    chain.mode,
    `${formatCount(chain.completeCount)} complete`,
    chain.brokenCount > 0 ? style.bad(broken) : broken,
    ...(chain.tornCount > 0 ? [style.bad(`${formatCount(chain.tornCount)} torn apart in submission`)] : []),
  ]);
  return [...head, ...tableOf(chain), ...togetherLines(chain)];
}

function tableOf({ perElement, timing }: Chain): string[] {
  const isTimed = timing === 'elements';
  const failures = perElement.some(
    ({ shortCount, failedCount, cancelledCount }) => shortCount + failedCount + cancelledCount > 0,
  );
  const head = [
    'element',
    'done',
    ...(isTimed ? ['mean', 'p50', 'p99', 'max'] : []),
    ...(failures ? ['short', 'failed', 'cancelled'] : []),
  ];
  const rows = perElement.map((element) => [
    element.name,
    formatCount(element.doneCount),
    ...(isTimed ? latencyCells(element.latency) : []),
    ...(failures
      ? [element.shortCount, element.failedCount, element.cancelledCount].map((count) => formatCount(count))
      : []),
  ]);
  const align = head.map((_, index) => (index === 0 ? ('left' as const) : ('right' as const)));
  return tableLines({ rows: [head, ...rows], align, indent: 4, gap: 2 });
}

/** What the kernel completed in one go has no times of its own. */
function togetherLines({ perElement }: Chain): string[] {
  const names = perElement
    .filter(({ togetherCount, doneCount }) => togetherCount * 10 > doneCount)
    .map(({ name, togetherCount, doneCount }) => `${name} ${formatPercent((togetherCount / doneCount) * 100)}`);
  if (names.length === 0) return [];
  return wrap(`seen complete together with the one before, and so with 0ns: ${names.join(', ')}`, '    ');
}

function latencyCells(histogram: Chain['perElement'][number]['latency']): string[] {
  if (histogram === undefined) return ['-', '-', '-', '-'];
  const latency = latencyOf(histogram);
  const [p50, p99] = percentilesNs(latency, [50, 99]);
  return [meanNs(latency), p50!, p99!, latency.maxNs].map(formatLatencyNs);
}

/** Mean of each element, for tables that set runs side by side: null where it was not timed. Names differ. */
export function elementMeans({ chain }: Pick<IotestJob, 'chain'>): ReadonlyMap<string, number | null> {
  const elements = chain?.perElement ?? [];
  return new Map(
    elements.map(({ name, latency }, index) => {
      const isUnique = elements.filter((other) => other.name === name).length === 1;
      const mean = latency === undefined ? null : meanNs(latencyOf(latency));
      return [isUnique ? name : `${index + 1} ${name}`, mean];
    }),
  );
}
