/** Jobs that run together on one file, of which one maps it and another makes it shorter. Pure. */
import path from 'node:path';
import { engineTraits } from '../job/engine-traits.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';
import type { PlannedWorker } from './types.js';

/** What is cut off below a mapping raises SIGBUS, which ends fio: as a result it would be an error of the disk. */
export function checkMappedFiles(
  workers: readonly PlannedWorker[],
  inspect: (path: string) => TargetFacts,
  findings: Findings,
): void {
  const keyOf = (file: string): string => {
    const { kind, realPath } = inspect(file);
    return kind === 'missing' ? path.resolve(file) : realPath;
  };
  const isMapping = ({ engine }: PlannedWorker) => engineTraits(engine.name).mapsFiles;
  const isCutting = ({ engine }: PlannedWorker) => engine.name === 'ftruncate';
  if (!workers.some(isMapping) || !workers.some(isCutting)) return;
  const mapped = new Map(
    workers.filter(isMapping).flatMap(({ job, files }) => files.map((file) => [keyOf(file.path), job.name] as const)),
  );
  for (const { job, files } of workers.filter(isCutting)) {
    const file = files.find((each) => mapped.has(keyOf(each.path)));
    if (file === undefined || job.cloneIndex > 0) continue;
    const message = `job "${job.name}" makes ${file.path} shorter while job "${mapped.get(keyOf(file.path))}" maps it: touching what is cut off raises SIGBUS`;
    findings.usage(job, message, 'let one follow the other with stonewall, or use psync in place of mmap');
  }
}
