/**
 * How much worse each metric may become. Sources, the later winning: the defaults, the job file, `--tolerance`; for one
 * job before for all. In job files tolerances stand in comments, since fio refuses options and sections it does not
 * know:
 *
 *     [global]
 *     ; gate_p99=15%
 *     [randread]
 *     ; gate_iops=3%
 *     ; [gate]
 *     ; gate_cpu=off
 *
 * Those in [global], and after a comment [gate], are for all jobs, those in a job's section for that job.
 */

import { defaultTolerances, isMetricName } from '../compare/metrics.js';
import { type MetricName, metricNames } from '../compare/types.js';
import { type Problem, UserError } from '../support/errors.js';
import { suggest } from '../support/suggest.js';

/** One tolerance that was asked for. */
export interface ToleranceSetting {
  /** null = all jobs. */
  readonly jobName: string | null;
  readonly metric: MetricName;
  /** Share; null = not judged. */
  readonly tolerance: number | null;
}

export interface Tolerances {
  /** What a metric of a job may get worse, as a share; null: not judged. */
  (jobName: string, metric: MetricName): number | null;
  /** Somebody gave this one: its metric decides. */
  readonly isAsked: (jobName: string, metric: MetricName) => boolean;
}

/** @param settings the weakest first */
export function tolerancesFrom(settings: readonly ToleranceSetting[]): Tolerances {
  const find = (jobName: string, metric: MetricName) => {
    const matching = settings.filter((setting) => setting.metric === metric);
    return (
      matching.findLast((setting) => setting.jobName === jobName) ??
      matching.findLast((setting) => setting.jobName === null)
    );
  };
  const tolerances = (jobName: string, metric: MetricName) => {
    const found = find(jobName, metric);
    return found === undefined ? (defaultTolerances[metric] ?? null) : found.tolerance;
  };
  return Object.assign(tolerances, {
    isAsked: (jobName: string, metric: MetricName) => find(jobName, metric) !== undefined,
  });
}

/**
 * `p99=10%`, `randread:iops=3%`, `cpu=off`: the values of `--tolerance`.
 * @throws UserError with all that cannot be read.
 */
export function parseToleranceFlags(texts: readonly string[]): ToleranceSetting[] {
  const problems: Problem[] = [];
  const settings = texts.flatMap((text) => {
    const match = /^(?:(.*):)?([^:=]+)=(.*)$/.exec(text);
    if (match === null) {
      problems.push({
        place: null,
        message: `--tolerance ${text} is not METRIC=PER_CENT`,
        advice: 'write p99=10%, randread:p99=10% for one job, or p99=off',
      });
      return [];
    }
    const setting = readSetting(match[1] ?? null, match[2]!.trim(), match[3]!.trim());
    if ('metric' in setting) return [setting];
    problems.push({ place: null, message: `--tolerance ${text}: ${setting.message}`, advice: setting.advice });
    return [];
  });
  if (problems.length > 0) throw new UserError(problems);
  return settings;
}

/**
 * The tolerances in the comments of a job file.
 * @throws UserError with the line of each that cannot be read, and of a real [gate] section.
 */
export function parseJobFileTolerances(text: string, fileName: string): ToleranceSetting[] {
  const problems: Problem[] = [];
  const settings: ToleranceSetting[] = [];
  let section: string | null = null;
  text.split('\n').forEach((line, index) => {
    const place = (column: number) => ({ file: fileName, line: index + 1, column: column + 1, text: line });
    const header = /^\s*\[(.*)\]\s*$/.exec(line.replace(/[;#].*$/, ''));
    if (header !== null) {
      section = header[1]!.startsWith('global') ? null : header[1]!;
      if (section === 'gate') {
        problems.push({
          place: place(line.indexOf('[')),
          message: '[gate] is read as a job, by fio too',
          advice: 'put its lines into comments: "; [gate]" and "; gate_p99=10%"',
        });
      }
      return;
    }
    const comment = /^\s*[;#]+\s*(.*?)\s*$/.exec(line)?.[1];
    if (comment === undefined) return;
    if (comment === '[gate]') section = null;
    const option = /^gate_([^\s=]+)\s*=\s*(.*)$/.exec(comment);
    if (option === null) return;
    const setting = readSetting(section, option[1]!, option[2]!);
    if ('metric' in setting) settings.push(setting);
    else problems.push({ place: place(line.indexOf('gate_')), ...setting });
  });
  if (problems.length > 0) throw new UserError(problems);
  return settings;
}

type Complaint = Pick<Problem, 'message' | 'advice'>;

function readSetting(jobName: string | null, name: string, value: string): ToleranceSetting | Complaint {
  if (!isMetricName(name)) {
    const near = suggest(name, metricNames);
    return {
      message: `there is no metric "${name}"`,
      advice: near === null ? `metrics: ${metricNames.join(', ')}` : `did you mean "${near}"?`,
    };
  }
  if (name === 'max') {
    return { message: 'the maximum is one sample and cannot be judged', advice: 'use p99.9, or leave it out' };
  }
  if (value === 'off') return { jobName, metric: name, tolerance: null };
  const number = /^(\d+(?:\.\d+)?)%$/.exec(value)?.[1];
  if (number === undefined || Number(number) <= 0 || Number(number) > 1000) {
    return { message: `"${value}" is no tolerance`, advice: 'write per cent above 0, as 5% or 2.5%, or off' };
  }
  return { jobName, metric: name, tolerance: Number(number) / 100 };
}
