/** What can only be settled when all jobs are known: which waits for which, and what the end of one means. */

import type { Place, Problem } from '../../support/errors.js';
import { suggestion } from '../../support/suggest.js';
import type { JobDraft } from '../draft.js';
import { engineTraits } from '../engine-traits.js';
import { fileOperationOf } from '../file-engines.js';
import type { ContinueOnError, ErrorOptions, Job } from '../job.js';
import { sniaRoundMs, sniaRoundsMax, sniaWindowRounds } from '../snia-rounds.js';
import { quote } from '../values.js';

/** A `wait_for` as it was met. */
export interface Wait {
  readonly job: Pick<Job, 'name'>;
  /** Of the job to wait for. */
  readonly name: string;
  /** How many jobs stand above, clones counted. */
  readonly above: number;
  readonly place: Place;
}

/** As fio: there must be exactly one job of that name, and it must stand above. */
export function waitProblems(waits: readonly Wait[], jobs: readonly Pick<Job, 'name' | 'cloneIndex'>[]): Problem[] {
  return waits.flatMap(({ job, name, above, place }) => {
    const problem = (message: string, advice: string | null): Problem[] => [
      { place, message: `wait_for: ${message}`, advice },
    ];
    if (name === job.name) return problem('a job cannot wait for itself', null);
    const earlier = jobs.slice(0, above).filter(({ cloneIndex }) => cloneIndex === 0);
    const count = earlier.filter((other) => other.name === name).length;
    if (count === 1) return [];
    if (count > 1) return problem(`${count} jobs are called ${quote(name)}`, 'give each its own name');
    if (jobs.slice(above).some((other) => other.name === name)) {
      return problem(`the job ${quote(name)} stands below`, 'move it up: a job can only wait for one above it');
    }
    const names = [...new Set(earlier.map((other) => other.name))].filter((other) => other !== job.name);
    const list = names.length === 0 ? 'there is none' : `above ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
    return problem(`there is no job ${quote(name)} above`, suggestion(name, names) ?? list);
  });
}

function listed(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(', ')}, and ${names.length - 10} more` : names.join(', ');
}

/** `exitall` is a switch of the whole run: one job that has it turns it on for all. */
export function shareExitAll(jobs: readonly Job[]): readonly Job[] {
  if (!jobs.some(({ ending }) => ending.exitAll)) return jobs;
  return jobs.map((job) => ({ ...job, ending: { ...job.ending, exitAll: true } }));
}

/** A later `continue_on_error` may have switched a direction off again; its list then means nothing, as in fio. */
export function settledErrors({ errors, continueOnError }: Pick<JobDraft, 'errors' | 'continueOnError'>): ErrorOptions {
  const listOf = (kind: keyof ContinueOnError) => (continueOnError[kind] ? errors.ignoredErrnos[kind] : null);
  return { ...errors, ignoredErrnos: { read: listOf('read'), write: listOf('write'), verify: listOf('verify') } };
}

interface OptionProblem {
  readonly option: string;
  readonly message: string;
  readonly advice: string;
}

/**
 * Settles what `steadystate=snia` and `precondition=until-steady` leave open: how long a round is, and that without a
 * runtime the job goes on for as many rounds as it may take.
 */
export function settleRounds(
  { ending, schedule, target }: Pick<JobDraft, 'ending' | 'schedule' | 'target'>,
  isGiven: (option: string) => boolean,
): void {
  const { steadyState } = ending;
  if (!steadyState.isSnia && target.precondition !== 'until-steady') return;
  const intervalMs = isGiven('steadystate_check_interval') ? steadyState.intervalMs : sniaRoundMs;
  ending.steadyState = { ...steadyState, intervalMs };
  if (!steadyState.isSnia) return;
  const isOff = isGiven('steadystate_duration') && steadyState.durationMs === 0;
  const durationMs = isGiven('steadystate_duration') ? steadyState.durationMs : sniaWindowRounds * intervalMs;
  ending.steadyState = { ...ending.steadyState, durationMs };
  if (isOff || schedule.runtimeMs !== null) return;
  // One more, since rounds end a little late: whoever watches them ends the job.
  schedule.runtimeMs = steadyState.rampMs + (sniaRoundsMax + 1) * intervalMs;
  schedule.timeBased = true;
}

/** What `precondition` cannot go with. */
export function preconditionProblems({
  target,
  engine,
  replay,
}: Pick<JobDraft, 'target' | 'engine' | 'replay'>): OptionProblem[] {
  const option = 'precondition';
  if (target.precondition === 'none') return [];
  const problem = (message: string, advice: string): OptionProblem[] => [{ option, message, advice }];
  const { touchesFiles, network } = engineTraits(engine.name);
  if (engine.nop || !(touchesFiles || network))
    return problem(`the engine ${engine.name} does no I/O`, 'use another ioengine');
  if (network) {
    return problem(`the engine ${engine.name} has a connection, and no region to write`, 'leave it out');
  }
  if (fileOperationOf(engine.name) !== null) {
    return problem(`the engine ${engine.name} works on files, not on their data`, 'leave it out');
  }
  if (replay.iologs !== null) {
    return problem(
      'a replay brings I/O of its own',
      'write the files with a job of their own before it, and wait_for or stonewall',
    );
  }
  const others = {
    create_only: target.createOnly,
    create_on_open: target.createOnOpen,
    file_append: target.fileAppend,
    fill_device: target.fillDevice,
  };
  const other = Object.entries(others).find(([, isSet]) => isSet)?.[0];
  return other === undefined
    ? []
    : problem(`there is no region to write before a job with ${other}=1`, `leave ${other} out`);
}

/** fio's rules: a ramp of one kind; for the window of a steady state looks of a second at least, and several that fill it. */
export function endingProblems({ ending, schedule }: Pick<JobDraft, 'ending' | 'schedule'>): OptionProblem[] {
  if (schedule.rampBytes > 0 && schedule.rampMs > 0) {
    const message = 'a ramp has either a size or a time (ramp_time)';
    return [{ option: 'ramp_size', message, advice: 'leave one of them out' }];
  }
  const { durationMs, intervalMs, isSnia } = ending.steadyState;
  if (durationMs === 0) return [];
  const window = 'steadystate_duration';
  if (intervalMs < 1000) {
    const message = `${intervalMs / 1000} s is too short, as rates over it say little`;
    return [{ option: 'steadystate_check_interval', message, advice: 'write at least 1s' }];
  }
  const lookCount = durationMs / intervalMs;
  if (isSnia && lookCount !== sniaWindowRounds) {
    const message = `the window of steadystate=snia is ${sniaWindowRounds} rounds of steadystate_check_interval, ${(sniaWindowRounds * intervalMs) / 1000} s, not ${durationMs / 1000} s`;
    return [
      { option: window, message, advice: 'leave it out, and set how long a round is with steadystate_check_interval' },
    ];
  }
  if (lookCount < 2 || !Number.isInteger(lookCount)) {
    const message = `${durationMs / 1000} s is not a multiple of steadystate_check_interval, ${intervalMs / 1000} s`;
    return [{ option: window, message, advice: `write ${Math.max(2, Math.ceil(lookCount)) * (intervalMs / 1000)}s` }];
  }
  return [];
}

/** A runtime in which the window cannot fill. */
export function hopelessSteadyState({
  ending,
  schedule: { runtimeMs },
}: Pick<JobDraft, 'ending' | 'schedule'>): { readonly message: string; readonly advice: string } | null {
  const { durationMs, rampMs } = ending.steadyState;
  const neededSeconds = (rampMs + durationMs) / 1000;
  if (durationMs === 0 || runtimeMs === null || neededSeconds * 1000 <= runtimeMs) return null;
  return {
    message: `no steady state can be found: its window and ramp take ${neededSeconds} s, and the job ends after ${runtimeMs / 1000} s`,
    advice: `set a runtime above ${neededSeconds}s`,
  };
}

/** As fio: within a group all must agree, for it ends as a whole. */
export function unlikeSteadyStates(jobs: readonly Job[]): Problem[] {
  const firsts = new Map<number, Job>();
  return jobs.flatMap((job) => {
    const first = firsts.get(job.groupIndex) ?? job;
    firsts.set(job.groupIndex, first);
    const same = JSON.stringify(first.ending.steadyState) === JSON.stringify(job.ending.steadyState);
    const isMeant = [first, job].some(({ ending }) => ending.steadyState.durationMs > 0);
    if (same || !isMeant || job.cloneIndex > 0) return [];
    const { file, line, section } = job.source;
    const message = `its steadystate options are not those of ${quote(first.name)}, which is in the same group`;
    const advice = 'write new_group here, or the same options in both';
    return [{ place: { file, line, column: 1, text: `[${section}]` }, message, advice }];
  });
}
