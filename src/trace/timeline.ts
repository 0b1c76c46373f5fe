/** `iotest trace --events io_uring`: one second of requests on a timeline. */
import { existsSync } from 'node:fs';
import { ExitCode, UserError } from '../support/errors.js';
import { findTracefs } from '../system/tracefs.js';
import { recordRun } from './perf.js';
import { parseTraceEvent, Timeline } from './timeline-text.js';

const wanted = ['submit_req', 'submit_sqe', 'queue_async_work', 'complete', 'local_work_run', 'task_work_run'];
/** More can neither be seen nor opened with ease. */
const requestsMax = 50_000;
/** Per CPU: events come in bursts, and what finds it full is lost. */
const bufferPages = '4096';

interface RecordedTimeline {
  readonly json: string;
  readonly requestCount: number;
  /** There were more. */
  readonly isCut: boolean;
}

/** Throws `UserError`. @param runArguments with a runtime of a second. */
export async function recordTimeline(runArguments: readonly string[], root: string): Promise<RecordedTimeline> {
  const tracefs = findTracefs();
  if ('reason' in tracefs) throw UserError.of(tracefs.reason, tracefs.advice, ExitCode.failed);
  const events = wanted
    .map((name) => `io_uring_${name}`)
    .filter((name) => existsSync(`${tracefs.root}/events/io_uring/${name}`));
  const recording = await recordRun({
    perfArguments: ['-m', bufferPages, ...events.flatMap((name) => ['-e', `io_uring:${name}`])],
    runArguments,
    root,
  });
  try {
    const { windows } = recording;
    const timeline = new Timeline(Math.min(...windows.map(({ startNs }) => startNs)), requestsMax);
    await recording.readLines('comm,pid,tid,cpu,time,event,trace', (line) => {
      const event = parseTraceEvent(line);
      if (event !== null && windows.some(({ startNs, endNs }) => event.timeNs >= startNs && event.timeNs <= endNs)) {
        timeline.add(event);
      }
      return !timeline.isFull;
    });
    if (timeline.requestCount === 0) {
      throw UserError.of(
        'no request of a ring was seen in the measured time',
        'the job must run on io_uring (--engine io_uring)',
        ExitCode.failed,
      );
    }
    return { json: timeline.json(), requestCount: timeline.requestCount, isCut: timeline.isFull };
  } finally {
    recording.remove();
  }
}
