/** What a replay does, known before the start: recordings are read, and the paths in them are targets like any others. */

import { plainJob } from '../job/draft.js';
import type { Job } from '../job/job.js';
import { Operation } from '../job/operation.js';
import { isBlktrace, type ParsedIolog, parseIolog } from '../logs/iolog.js';
import type { Recording } from '../logs/recording.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Input } from '../system/input-file.js';
import { checkPlace, type FilePlanning, factsFor, placeFile, refuseDirect, touchesFiles } from './files.js';
import type { Findings } from './findings.js';
import type { PlannedFile } from './types.js';

export interface PlannedReplay {
  /** The job with the directions and sizes that the recording has. */
  readonly job: Job;
  readonly recording: Recording;
  /** Bytes to issue; null = all of it. */
  readonly ioBytes: number | null;
}

/** Options that say what the recording says. */
const overruled =
  'rw bs bsrange bssplit size filename filesize nrfiles offset rwmixread rwmixwrite fsync fdatasync file_service_type'.split(
    ' ',
  );

/** Reads each recording once, whatever the number of clones and variants. */
export class RecordingReader {
  readonly #read: ((path: string) => Input) | null;
  readonly #findings: Findings;
  readonly #known = new Map<string, ParsedIolog | null>();

  constructor(read: ((path: string) => Input) | null, findings: Findings) {
    this.#read = read;
    this.#findings = findings;
  }

  /** null when the job replays nothing, or what it names cannot be read: that is in the findings. */
  replayOf(job: Job): PlannedReplay | null {
    const { iologs } = job.replay;
    if (iologs === null) return null;
    const parsed = this.#parsed(job, iologs[job.cloneIndex % iologs.length]!);
    if (parsed === null) return null;
    const { recording, splitTrimCount } = parsed;
    if (splitTrimCount > 0) {
      const message = `${splitTrimCount} trims of more than 1 GiB are done in pieces`;
      this.#findings.warn(job, 'trims-split', message, null);
    }
    const ignored = overruled.filter((name) => Object.hasOwn(job.typedOptions, name));
    if (ignored.length > 0) {
      const message = `${ignored.join(', ')} ${ignored.length > 1 ? 'have' : 'has'} no effect: the recording says what is done`;
      this.#findings.warn(job, 'replay-overrules', message, 'leave it out; replay_redirect names another target');
    }
    if (job.workload.serializesOverlap) {
      const advice = 'leave serialize_overlap out: the recording says what is in flight together';
      this.#findings.usage(job, 'serialize_overlap is not supported with read_iolog', advice);
    }
    const { ioSize } = job.workload;
    return {
      job: jobOf(job, tallyOf(recording)),
      recording,
      ioBytes: ioSize !== null && 'bytes' in ioSize ? ioSize.bytes : null,
    };
  }

  #parsed(job: Job, path: string): ParsedIolog | null {
    const key = JSON.stringify([path, job.replay]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const parsed = this.#parse(job, path);
    this.#known.set(key, parsed);
    return parsed;
  }

  #parse(job: Job, path: string): ParsedIolog | null {
    const bytes = this.#bytesOf(job, path);
    if (bytes === null) return null;
    if (isBlktrace(bytes)) {
      this.#findings.usage(
        job,
        `${path} is a binary trace of blktrace, which is not supported: its format depends on the machine that wrote it`,
        "make a job file of it with fio-btrace2fio, or an iolog with blkparse: see docs/logs.md, 'From blktrace'",
      );
      return null;
    }
    const parsed = parseIolog(bytes, path, job.replay);
    for (const problem of parsed.problems) this.#findings.problem(problem);
    return parsed.problems.length > 0 ? null : parsed;
  }

  #bytesOf(job: Job, path: string): Buffer | null {
    if (this.#read === null) return null;
    const input = this.#read(path);
    if (input.ok) return input.bytes;
    this.#findings.usage(job, `the recording ${path} ${input.problem}`, 'check read_iolog');
    return null;
  }
}

/** What is done on one file, or on all. */
interface Tally {
  readCount: number;
  writeCount: number;
  trimCount: number;
  readBytesMax: number;
  writeBytesMax: number;
  endBytes: number;
  /** Offsets and lengths of reads and writes, OR-ed: its lowest bit is what all of them are multiples of. */
  lowBits: number;
}

function tallyOf(recording: Recording, file: number | null = null): Tally {
  const uses: Tally = {
    readCount: 0,
    writeCount: 0,
    trimCount: 0,
    readBytesMax: 0,
    writeBytesMax: 0,
    endBytes: 0,
    lowBits: 0,
  };
  const { count, operation, fileIndex, byteCount, offset } = recording;
  for (let row = 0; row < count; row++) {
    if (file !== null && fileIndex[row] !== file) continue;
    const bytes = byteCount[row]!;
    const kind = operation[row]!;
    if (kind > Operation.trim) continue;
    uses.endBytes = Math.max(uses.endBytes, offset[row]! + bytes);
    if (kind === Operation.trim) {
      uses.trimCount++;
      continue;
    }
    uses.lowBits |= (offset[row]! % 2 ** 30) | bytes;
    if (kind === Operation.read) {
      uses.readCount++;
      uses.readBytesMax = Math.max(uses.readBytesMax, bytes);
    } else {
      uses.writeCount++;
      uses.writeBytesMax = Math.max(uses.writeBytesMax, bytes);
    }
  }
  return uses;
}

/** A trim needs no buffer: its size does not count. */
const nominalBytes = 4096;

function jobOf(job: Job, uses: Tally): Job {
  const { readCount, writeCount, trimCount } = uses;
  const directions =
    writeCount + trimCount === 0 ? 'read' : readCount > 0 ? 'readwrite' : writeCount > 0 ? 'write' : 'trim';
  const blockBytes = {
    read: uses.readBytesMax || uses.writeBytesMax || nominalBytes,
    write: uses.writeBytesMax || uses.readBytesMax || nominalBytes,
    trim: nominalBytes,
  };
  const { sizes, order, fileService } = plainJob().workload;
  const workload = { ...job.workload, directions, random: false, blockBytes, sizes, order, fileService } as const;
  const target = { ...job.target, size: null, filesizeBytes: null, openDirectory: null, fileAppend: false };
  return { ...job, workload, target };
}

/** The files of a recording, each up to where its last byte is needed. */
export function planReplayFiles(planning: FilePlanning, recording: Recording): PlannedFile[] {
  const { job, findings } = planning;
  const { directories } = job.target;
  const directory = directories.length === 0 ? '' : directories[job.cloneIndex % directories.length]!;
  return recording.files.map((name, index) => {
    const path = directory === '' || name.startsWith('/') ? name : `${directory}/${name}`;
    const uses = tallyOf(recording, index);
    const own = { ...planning, job: trimsAsWrites(jobOf(job, uses)) };
    const facts = factsFor(planning, path);
    if (checkPlace(own, facts, 0, uses.endBytes)) checkUses(own, facts, uses);
    if (uses.endBytes === 0 && facts.kind === 'missing' && touchesFiles(job)) {
      findings.warn(job, 'replay-empty-file', `${path} is in the recording, but nothing is done on it`, null);
    }
    return placeFile(own, facts, 0, uses.endBytes);
  });
}

/** Where only trims are done, what is said of them is said in `checkUses`. */
function trimsAsWrites(job: Job): Job {
  return job.workload.directions === 'trim' ? { ...job, workload: { ...job.workload, directions: 'write' } } : job;
}

function checkUses({ job, findings }: FilePlanning, facts: TargetFacts, uses: Tally): void {
  if (uses.trimCount > 0 && facts.kind !== 'block') {
    findings.usage(
      job,
      `${facts.path} is a file: the ${uses.trimCount} trims of the recording need a block device`,
      'leave them out with replay_skip=trim, or name a device with replay_redirect',
    );
  }
  if (!job.target.direct) return;
  const align = facts.directAlignBytes;
  if (align === null) {
    refuseDirect({ job, findings }, facts);
  } else if (uses.lowBits % align !== 0) {
    findings.usage(
      job,
      `${facts.path}: direct I/O needs multiples of ${align} bytes, and the recording has others`,
      `use replay_align=${align} where offsets are the reason, or direct=0`,
    );
  }
}
