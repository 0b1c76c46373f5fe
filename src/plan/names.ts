/** Which files and devices a job means: by `filename`, by `opendir`, or by the pattern of generated names. Pure. */
import type { Job } from '../job/job.js';
import type { TargetFacts } from '../machine/target-facts.js';
import type { Findings } from './findings.js';

interface NamePlanning {
  readonly job: Job;
  /** False for engines that do no I/O: their names mean nothing on disk. */
  readonly touchesFiles: boolean;
  /** What is at a path that is no target itself. */
  readonly look: (path: string) => TargetFacts;
  /** All regular files below a directory; links are not followed. */
  readonly listFiles: (directory: string) => readonly string[];
  readonly findings: Findings;
}

/**
 * As fio names them: `filename` below `directory`, and all files below `opendir`; where neither is given, the pattern
 * with the name of the job's section, the clone's number and the file's. Clones take several directories in turn.
 */
export function targetNames(planning: NamePlanning): string[] {
  const { job } = planning;
  const { filenames, openDirectory, fileCount, filenameFormat } = job.target;
  const directory = directoryOf(planning);
  const below = (name: string): string => (directory === '' || name.startsWith('/') ? name : `${directory}/${name}`);
  if (filenames !== null || openDirectory !== null) {
    return [...(filenames ?? []).map(below), ...(openDirectory === null ? [] : filesBelow(planning, openDirectory))];
  }
  // Whatever `name` says: it is for reports.
  const { section } = job.source;
  // A section named after a device means that device.
  if (section.startsWith('/') && planning.look(section).kind === 'block') return [section];
  const stem = section.replaceAll('/', '_');
  const format = filenameFormat ?? '$jobname.$jobnum.$filenum';
  return Array.from({ length: fileCount }, (_, file) => below(fillIn(format, stem, job.cloneIndex, file)));
}

/** The words of the pattern, whatever their case; `$clientuid` is empty, as in fio without its client mode. */
export function fillIn(format: string, jobName: string, cloneIndex: number, fileIndex: number): string {
  const meanings: Readonly<Record<string, string>> = {
    $jobname: jobName,
    $jobnum: String(cloneIndex),
    $filenum: String(fileIndex),
    $clientuid: '',
  };
  return format.replaceAll(/\$(?:jobname|jobnum|filenum|clientuid)/gi, (word) => meanings[word.toLowerCase()]!);
}

function directoryOf({ job, touchesFiles, look, findings }: NamePlanning): string {
  const { directories } = job.target;
  if (directories.length === 0) return '';
  const directory = directories[job.cloneIndex % directories.length]!;
  if (touchesFiles) {
    const { kind } = look(directory);
    if (kind !== 'directory') {
      findings.usage(
        job,
        `directory=${directory}: ${kind === 'missing' ? 'there is no such directory' : 'that is no directory'}`,
        kind === 'missing' ? `create it: mkdir -p ${directory}` : 'name a directory, and files in it with filename=',
      );
    }
  }
  return directory;
}

function filesBelow({ job, touchesFiles, look, listFiles, findings }: NamePlanning, directory: string): string[] {
  if (!touchesFiles || look(directory).kind !== 'directory') {
    findings.usage(
      job,
      touchesFiles
        ? `opendir=${directory}: there is no such directory`
        : `opendir=${directory} means nothing to ioengine=${job.engine.name}, which opens no files`,
      touchesFiles ? 'name a directory that holds the files' : 'leave it out, and give a size',
    );
    return [];
  }
  const files = [...listFiles(directory)];
  if (files.length === 0) {
    findings.usage(
      job,
      `opendir=${directory}: there are no regular files below it`,
      'put files there, or use directory=',
    );
  }
  return files;
}
