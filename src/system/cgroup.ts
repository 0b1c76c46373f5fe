/** What the cgroups of this process allow it: a limit counts from its own group up to the root (cgroups(7), both versions). */
import { readText } from './small-files.js';

interface CgroupFiles {
  readonly limit: string;
  readonly usage: string;
}

/** Names of the files of a controller, by version. */
interface CgroupController {
  readonly name: string;
  readonly version1: CgroupFiles;
  readonly version2: CgroupFiles;
  /** What counts as used, and gives way; of the text of the folder's memory.stat. */
  readonly reclaimable?: (folder: string) => number;
}

/** `Infinity` where nothing limits it, or nothing can be read. */
export function cgroupLeft(controller: CgroupController, procRoot = '/proc', sysRoot = '/sys'): number {
  let left = Number.POSITIVE_INFINITY;
  for (const line of (readText(`${procRoot}/self/cgroup`) ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isVersion1 = controllers.split(',').includes(controller.name);
    if (!isVersion1 && controllers !== '') continue;
    const root = isVersion1 ? `${sysRoot}/fs/cgroup/${controller.name}` : `${sysRoot}/fs/cgroup`;
    const files = isVersion1 ? controller.version1 : controller.version2;
    for (const folder of upwards(root, path)) left = Math.min(left, leftIn(folder, files, controller));
  }
  return left;
}

/** In a container the path may be that of the host, and its root the container's own group. */
function upwards(root: string, path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return Array.from({ length: names.length + 1 }, (_, count) => [root, ...names.slice(0, count)].join('/'));
}

function leftIn(folder: string, { limit, usage }: CgroupFiles, { reclaimable }: CgroupController): number {
  const most = Number(readText(`${folder}/${limit}`) ?? Number.NaN);
  const used = Number(readText(`${folder}/${usage}`) ?? Number.NaN);
  if (!Number.isFinite(most) || !Number.isFinite(used)) return Number.POSITIVE_INFINITY;
  return Math.max(0, most - used + (reclaimable?.(folder) ?? 0));
}
