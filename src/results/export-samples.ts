/** What exports tell of a result: each job, direction and repetition, as far as the document knows it. */
import { directions } from '../job/per-direction.js';
import { latencyOf } from '../stats/latencies.js';

import type { LatencyCounts } from '../stats/worker-report.js';
import type { FioDirection, FioJob, IotestJob, ResultDocument } from './document.js';
import { cloneNumbers, type ResultRow, resultRowOf } from './export.js';
import { isMixedOnly } from './unified.js';

export interface ExportSample {
  readonly row: ResultRow;
  readonly fio: FioJob;
  readonly direction: FioDirection;
  readonly iotest: IotestJob | null;
  /** All total latencies, decoded when they are looked at; null where the document has no histogram (fio's). */
  readonly latency: LatencyCounts | null;
}

/** Directions that had I/O, in the order of the document. */
export function exportSamples(document: ResultDocument): ExportSample[] {
  const clones = cloneNumbers(document);
  return document.jobs.flatMap((fio, index) => {
    const iotest = document.iotest?.jobs[index] ?? null;
    return directions.flatMap((name): ExportSample[] => {
      const row = resultRowOf(document, index, name, clones[index]!);
      if (row === null) return [];
      const histogram = iotest?.histograms[isMixedOnly(fio) ? 'mixed' : name]?.total;
      return [
        {
          row,
          fio,
          direction: fio[name],
          iotest,
          get latency() {
            return histogram === undefined ? null : latencyOf(histogram);
          },
        },
      ];
    });
  });
}
