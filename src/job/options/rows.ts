/** All rows of the table: what drafts, defaults and the schema of results are made of. */
import { computeRows, programRows } from './beside-io.js';
import { chainRows } from './chain.js';
import { commandPriorityRows } from './command-priority.js';
import { endingRows, rampRows, waitRows } from './ending.js';
import { engineRows } from './engine.js';
import { continueRows, errorRows } from './errors.js';
import { fileRows } from './files.js';
import { logRows } from './logs.js';
import { measureRows } from './measure.js';
import { networkRows } from './network.js';
import { fileServiceRows, orderRows, sizeRows } from './order.js';
import { flowRows, latencyTargetRows, pacingRows, thinkTimeRows } from './pacing.js';
import { contentRows, payloadRows } from './payload.js';
import { processRows } from './process.js';
import { replayRows } from './replay.js';
import { ringRows } from './ring.js';
import { draftRows, jobRows, scheduleRows } from './schedule.js';
import { steadyStateRows } from './steady-state.js';
import { bufferRows, targetRows } from './target.js';
import { verifyRows } from './verify.js';
import { workloadRows } from './workload.js';
import { zoneRows } from './zones.js';

/** In the order in which results have them. What lies deeper comes after what it lies in. */
export const jobFields = [
  ...[
    jobRows,
    continueRows,
    targetRows,
    fileRows,
    workloadRows,
    fileServiceRows,
    contentRows,
    sizeRows,
    orderRows,
    zoneRows,
  ],
  ...[
    payloadRows,
    engineRows,
    bufferRows,
    commandPriorityRows,
    ringRows,
    chainRows,
    networkRows,
    computeRows,
    programRows,
  ],
  ...[scheduleRows, waitRows, rampRows, endingRows, steadyStateRows, errorRows],
  ...[
    pacingRows,
    thinkTimeRows,
    flowRows,
    latencyTargetRows,
    processRows,
    measureRows,
    logRows,
    replayRows,
    verifyRows,
  ],
] as const;

/** With those that only a draft has. */
export const draftFields = [...jobFields, draftRows] as const;
