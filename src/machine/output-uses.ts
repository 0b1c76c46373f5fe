/**
 * Lets the door for output know what uses a file, so that the disk of a mounted loop device or of a virtual machine is no
 * place for a result. Loading it is enough; whoever opens output in a thread of its own loads it there.
 */
import fs from 'node:fs';
import { setUsesOf } from '../system/output-file.js';
import { fileUses } from './file-uses.js';
import { openPath } from './target-identity.js';

setUsesOf((filePath) => {
  const descriptor = openPath(filePath);
  if (descriptor === null) return null;
  try {
    const uses = fileUses(filePath, descriptor, false);
    return uses.length === 0 ? null : uses.map(({ device, by }) => `${device} is ${by}`).join(', ');
  } finally {
    fs.closeSync(descriptor);
  }
});
