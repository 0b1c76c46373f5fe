/** From the words of `iotest characterize` to what it will do: which target, how much of it, and what is allowed there. */

import { probeAio } from '../cli/probe-aio.js';
import { engineTraits } from '../job/engine-traits.js';
import { type EngineName, engineNames } from '../job/job.js';
import { inspectTarget } from '../machine/target.js';
import type { TargetFacts } from '../machine/target-facts.js';
import { isSameTarget } from '../machine/target-identity.js';
import type { CharacterizeSettings } from '../results/characterize-part.js';
import { probeRing } from '../ring/probe.js';
import { UserError } from '../support/errors.js';
import { suggestion } from '../support/suggest.js';
import type { SectionFacts } from './sections.js';

interface CharacterizeFlags {
  readonly quick: boolean;
  readonly pts: boolean;
  readonly 'reads-only': boolean;
  readonly destructive?: string | undefined;
  readonly engine?: readonly string[] | undefined;
  readonly size?: string | undefined;
  readonly scale?: string | undefined;
}

/** A new file is so long unless `--size` says it: longer than what most devices hold in their own memory for writes. */
const newFileBytes: Readonly<Record<CharacterizeSettings['level'], number>> = {
  quick: 2 ** 30,
  default: 4 * 2 ** 30,
  pts: 16 * 2 ** 30,
};

/** @throws UserError for targets and flags that make no sense. */
export function settingsOf(target: string, flags: CharacterizeFlags): CharacterizeSettings {
  if (flags.quick && flags.pts) throw UserError.of('--quick and --pts are two levels', 'give one of them');
  const facts = inspectTarget(target);
  checkKind(facts);
  const level = flags.quick ? 'quick' : flags.pts ? 'pts' : 'default';
  const permitted = isPermitted(facts, flags.destructive);
  if (flags['reads-only'] && permitted) {
    throw UserError.of('--reads-only and --destructive contradict each other', 'give one of them');
  }
  const writes = !flags['reads-only'] && (permitted || facts.kind === 'missing');
  if (facts.kind === 'missing' && !writes) {
    throw UserError.of(`there is no file ${target} to read`, 'leave --reads-only out, and a file is made');
  }
  return {
    target,
    level,
    scale: scaleOf(flags.scale),
    sizeBytes: sizeOf(facts, flags.size, level),
    engines: enginesOf(flags.engine),
    writes,
    permitted,
  };
}

/** What the sections need to know of the target and the engine as they are now. */
export function sectionFacts({ target, engines }: CharacterizeSettings): SectionFacts {
  const { directAlignBytes } = inspectTarget(target);
  return {
    direct: directAlignBytes !== null,
    alignBytes: directAlignBytes ?? 1,
    synchronous: engineTraits(nameOf(engines[0]!)).depthMax === 1,
  };
}

/** Bytes that sections use, for the time that preconditioning takes; null = not known. */
export function regionBytes({ target, sizeBytes }: CharacterizeSettings): number | null {
  return sizeBytes ?? (inspectTarget(target).sizeBytes || null);
}

function checkKind({ path, kind }: TargetFacts): void {
  if (kind === 'file' || kind === 'block') return;
  if (kind === 'missing') {
    // A file in /dev would be a mistyped device.
    if (path.startsWith('/dev/') && !path.startsWith('/dev/shm/')) {
      throw UserError.of(`there is no device ${path}`, 'check the name (lsblk); files are not created below /dev');
    }
    return;
  }
  const advice =
    kind === 'directory'
      ? `name a file in it: ${path.replace(/\/*$/, '')}/characterize.tmp`
      : 'name a file or a block device';
  throw UserError.of(
    `${path} is ${kind === 'directory' ? 'a directory' : 'neither a file nor a block device'}`,
    advice,
  );
}

/** `--destructive` must name the target itself, whatever link leads there. */
function isPermitted(facts: TargetFacts, destructive: string | undefined): boolean {
  if (destructive === undefined) return false;
  const named = inspectTarget(destructive).identity ?? null;
  if (named === null || facts.identity == null || !isSameTarget(named, facts.identity)) {
    throw UserError.of(
      `--destructive ${destructive} is not the target ${facts.path}`,
      facts.kind === 'missing'
        ? 'a file that does not exist needs no permission'
        : 'name what may be overwritten twice, as target and here',
    );
  }
  return true;
}

function scaleOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const scale = Number(text);
  if (!(scale > 0 && scale <= 100))
    throw UserError.of(`--scale ${text} is no factor`, 'write a number above 0, as 0.1');
  return scale;
}

function sizeOf(
  { kind, path, sizeBytes }: TargetFacts,
  text: string | undefined,
  level: CharacterizeSettings['level'],
): number | null {
  if (text === undefined) {
    if (kind === 'file' && sizeBytes === 0) throw UserError.of(`${path} is empty`, 'give --size, or name another file');
    return kind === 'missing' ? newFileBytes[level] : null;
  }
  const match = /^(\d+)([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const bytes =
    match === null ? 0 : Number(match[1]) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf(match[2]!.toLowerCase());
  // The largest blocks are of 1 MiB.
  if (!(bytes >= 2 ** 21) || bytes % 4096 !== 0) {
    throw UserError.of(`--size ${text} is no size of at least 2m`, 'write 512m or 8g');
  }
  return bytes;
}

/** As given; else what this machine can run, the best first. */
function enginesOf(given: readonly string[] | undefined): string[] {
  if (given !== undefined && given.length > 0) {
    for (const engine of given) nameOf(engine);
    return [...new Set(given)];
  }
  return [...(probeRing().available ? ['io_uring'] : []), ...(probeAio().available ? ['libaio'] : []), 'psync'];
}

/** Without its modes; whether the engine has these is known when it is planned. */
function nameOf(engine: string): EngineName {
  const word = engine.split('+')[0]!;
  const name = engineNames.find((each) => each === word);
  if (name !== undefined) return name;
  throw UserError.of(
    `--engine ${engine}: there is no engine ${word}`,
    suggestion(word, engineNames) ?? `the engines are ${engineNames.join(', ')}`,
  );
}
