/** The files that are made, or made longer, before the first step: each once, for all the steps that need it. */
import type { Plan, PlannedFile, PlannedWorker } from './types.js';

export interface LayOut {
  /** With the demand of all steps: the longest, and data rather than mere space. */
  readonly file: PlannedFile;
  /** Its last user, whose options say how. */
  readonly worker: PlannedWorker;
}

export function layOutsOf({ steps }: Pick<Plan, 'steps'>): LayOut[] {
  const byPath = new Map<string, LayOut>();
  for (const worker of steps.flatMap((step) => step.workers)) {
    for (const file of worker.files) {
      if (file.layOut === 'nothing') continue;
      const known = byPath.get(file.path)?.file;
      const layOut = known?.layOut === 'write' ? 'write' : file.layOut;
      const layOutToBytes = Math.max(known?.layOutToBytes ?? 0, file.layOutToBytes);
      byPath.set(file.path, { file: { ...file, layOut, layOutToBytes }, worker });
    }
  }
  return [...byPath.values()];
}
