/** The one table of options: what feeds the parser feeds `check`, help and docs as well. */
import { assert } from '../../support/errors.js';
import { suggestion } from '../../support/suggest.js';
import { besideIoOptions } from './beside-io.js';
import { chainOptions } from './chain.js';
import { commandPriorityOptions } from './command-priority.js';
import { endingOptions } from './ending.js';
import { engineOptions } from './engine.js';
import { fileOptions } from './files.js';
import { foreignOptions } from './foreign.js';
import { logOptions } from './logs.js';
import { measureOptions } from './measure.js';
import { networkOptions } from './network.js';
import type { Option } from './option.js';
import { orderOptions } from './order.js';
import { pacingOptions } from './pacing.js';
import { payloadOptions } from './payload.js';
import { processOptions } from './process.js';
import { refusedOptions } from './refused.js';
import { replayOptions } from './replay.js';
import { ringOptions } from './ring.js';
import { scheduleOptions } from './schedule.js';
import { targetOptions } from './target.js';
import { verifyOptions } from './verify.js';
import { workloadOptions } from './workload.js';
import { zoneOptions } from './zones.js';

export type { Option, Scope, Support } from './option.js';

/** Options that belong together, under the title that help and docs give them. */
interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** In the order in which a job is printed. */
export const optionGroups: readonly OptionGroup[] = [
  { title: 'Jobs: names, clones, start and end', options: scheduleOptions },
  { title: 'Jobs that wait for others, end others, or fail', options: endingOptions },
  { title: 'Files and devices', options: targetOptions },
  { title: 'How files are named, made and opened', options: fileOptions },
  { title: 'Directions and amounts', options: workloadOptions },
  { title: 'Order, sizes and choice of files', options: orderOptions },
  { title: 'Zones with write pointers', options: zoneOptions },
  { title: 'Content', options: payloadOptions },
  { title: 'Verification', options: verifyOptions },
  { title: 'Engines', options: engineOptions },
  { title: 'Chains of requests', options: chainOptions },
  { title: 'Networks', options: networkOptions },
  { title: 'Beside I/O: computing, programs', options: besideIoOptions },
  { title: 'Kernel threads of io_uring', options: ringOptions },
  { title: 'Rates, pauses and latency limits', options: pacingOptions },
  { title: 'Priorities of single I/Os', options: commandPriorityOptions },
  { title: 'CPUs and priorities', options: processOptions },
  { title: 'Measurement and output', options: measureOptions },
  { title: 'Logs', options: logOptions },
  { title: 'Replay', options: replayOptions },
  { title: 'Refused', options: refusedOptions },
  { title: 'Of engines that are not here', options: foreignOptions },
];

/** All options, in the order in which a job is printed. */
export const optionTable: readonly Option[] = optionGroups.flatMap(({ options }) => options);

const optionsByName = indexByName(optionTable);

/** All entries of that name or alias: one for a job option, one per engine scope for an engine's. */
export function findOptions(name: string): readonly Option[] {
  return optionsByName.get(name) ?? [];
}

/** `did you mean "iodepth"?` for a name that is in no table, or null. Supported names go before refused ones. */
export function suggestOption(name: string): string | null {
  return suggestion(name, visibleNames('supported')) ?? suggestion(name, visibleNames('any'));
}

function visibleNames(state: 'supported' | 'any'): string[] {
  return optionTable
    .filter((option) => !option.hidden && (state === 'any' || option.support.state === 'supported'))
    .flatMap((option) => [option.name, ...option.aliases]);
}

/** Checks on the way that no two entries of one scope share a name. */
function indexByName(options: readonly Option[]): ReadonlyMap<string, readonly Option[]> {
  const index = new Map<string, Option[]>();
  for (const option of options) {
    for (const name of [option.name, ...option.aliases]) {
      const others = index.get(name) ?? [];
      assert(
        others.every((other) => scopesDiffer(other, option)),
        `two options are called ${name}`,
      );
      index.set(name, [...others, option]);
    }
  }
  return index;
}

function scopesDiffer(left: Option, right: Option): boolean {
  if (left.scope === 'job' || right.scope === 'job') return false;
  return !left.scope.some((engine) => right.scope.includes(engine));
}
