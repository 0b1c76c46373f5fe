/**
 * What a machine that leads a run and the agents on its hosts say to each other. Checked where it arrives, at both ends;
 * both are of the same version, or part at once.
 *
 *   agent                               leader
 *   hello ────────────────────────────►        version, host, boot, clock
 *         ◄──────────────────────────── job    files, flags, which host it is
 *   planned | refused ────────────────►        what would be opened and overwritten
 *         ◄──────────────────────────── prepare   every host has planned, nobody refuses
 *   ready (step) ─────────────────────►        laid out, rehearsed, waiting
 *         ◄──────────────────────────── ping × 40, go (instant of that host's clock)
 *   tick each second, started, ended ─►
 *   … the next step …
 *   result | failed ──────────────────►
 *         ◄──────────────────────────── bye
 *
 * Pings go on all the time and are answered by pongs: an agent that hears nothing for `leaseMs` ends what it does.
 */
import * as z from 'zod';
import type { Place, Problem } from '../support/errors.js';
import { ProtocolError } from './lines.js';

/** Raised with every change of what follows. */
export const protocolVersion = 1;
/** Without a word from the leader, an agent drains and ends. */
export const leaseMs = 10_000;
/** Between two pings to each host. */
export const pingIntervalMs = 1000;

/** Of a word on its way. */
const textLengthMax = 65_536;
const problemsMax = 1000;
const placesMax = 256;

const text = z.string().max(textLengthMax);
const name = z.string().max(1024);
const texts = z.array(text).max(4096);
const count = z.int().nonnegative().max(1e6);
const ns = z.number();
const amount = z.number().nonnegative();
const perDirection = z.object({ read: amount, write: amount, trim: amount });

const ownPlace = z.object({ file: text, line: z.number(), column: z.number(), text });
const problem = z.object({
  /** With the places that lead there through `include`, the innermost first. */
  places: z.array(ownPlace).max(placesMax),
  message: text,
  advice: text.nullable(),
});
const problems = z.array(problem).min(1).max(problemsMax);
const exitCode = z.int().min(0).max(255);

const flags = z.object({
  engine: texts.optional(),
  set: texts.optional(),
  section: texts.optional(),
  runtime: text.optional(),
  destructive: texts.optional(),
  readonly: z.boolean().optional(),
  'allow-exec': z.boolean().optional(),
  repeat: count.optional(),
  variant: texts.optional(),
});

const file = z.object({ path: text, text: z.string().max(4 * 2 ** 20) });

const leaderMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('job'),
    files: z.array(file).min(1).max(64),
    /** What the files include, as it was read where the run is led. */
    included: z.array(file).max(4096),
    flags,
    explains: z.boolean(),
    /** Which host this is of how many. */
    index: count,
    count,
    /** The same for all: they run engines and variants in one order. */
    orderSeed: z.number(),
    commandLine: texts,
  }),
  z.object({ type: z.literal('prepare') }),
  z.object({ type: z.literal('ping'), id: z.int().nonnegative() }),
  /** `atNs`: on the CLOCK_MONOTONIC of the host. */
  z.object({ type: z.literal('go'), step: count, atNs: ns }),
  /** The first: finish what is in flight and report; the second: cancel it, then the same. */
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('bye') }),
]);

const plannedTarget = z.object({
  path: text,
  kind: z.enum(['file', 'block', 'missing', 'directory', 'other']),
  sizeBytes: amount,
  /** Some job writes, trims or lays it out. */
  isWritten: z.boolean(),
  /** The same for the same file or device, whatever host and name; null where that cannot be known. */
  identity: name.nullable(),
});

const agentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.number(),
    version: name,
    schema: z.number(),
    node: name,
    arch: name,
    kernel: name,
    hostname: name,
    bootId: name.nullable(),
    nowNs: ns,
  }),
  z.object({ type: z.literal('planned'), targets: z.array(plannedTarget).max(100_000), stepCount: count }),
  z.object({ type: z.literal('refused'), problems, exitCode }),
  z.object({ type: z.literal('ready'), step: count, canStart: z.boolean() }),
  z.object({ type: z.literal('pong'), id: z.int().nonnegative(), nowNs: ns }),
  z.object({ type: z.literal('started'), step: count, lateNs: ns }),
  z.object({ type: z.literal('ended'), step: count, durationNs: amount }),
  z.object({
    type: z.literal('tick'),
    progress: z.object({
      phase: z.enum(['layout', 'precondition', 'prepare', 'wait', 'ramp', 'run', 'drain']),
      stepIndex: count,
      stepCount: count,
      engineLabel: name,
      jobNames: z.array(name).max(20_000),
      fraction: z.number().nullable(),
      etaSeconds: z.number().nullable(),
      iops: perDirection,
      bytesPerSecond: perDirection,
      p99Ns: amount.nullable(),
      workersRunning: count,
    }),
  }),
  /** The document as its text: checked as any result that is read. */
  z.object({ type: z.literal('result'), document: z.string() }),
  z.object({ type: z.literal('failed'), problems, exitCode }),
]);

export type LeaderMessage = z.infer<typeof leaderMessage>;
export type AgentMessage = z.infer<typeof agentMessage>;
export type Hello = Extract<AgentMessage, { type: 'hello' }>;
export type JobMessage = Extract<LeaderMessage, { type: 'job' }>;
export type PlannedMessage = Extract<AgentMessage, { type: 'planned' }>;
export type PlannedTarget = z.infer<typeof plannedTarget>;
type SentProblem = z.infer<typeof problem>;

/** Throws `ProtocolError` for what is none of these messages. */
export function leaderMessageOf(value: unknown): LeaderMessage {
  return checked(leaderMessage, value);
}

export function agentMessageOf(value: unknown): AgentMessage {
  return checked(agentMessage, value);
}

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new ProtocolError(`it sent what is no message of this version: ${issue!.path.join('.')}: ${issue!.message}`);
}

export function sentProblems(problems: readonly Problem[]): SentProblem[] {
  const cut = (words: string) => words.slice(0, textLengthMax);
  const placesOf = (place: Place | undefined | null): SentProblem['places'] => {
    if (place === undefined || place === null) return [];
    const { file, line, column } = place;
    return [{ file: cut(file), line, column, text: cut(place.text) }, ...placesOf(place.includedFrom)];
  };
  return problems.slice(0, problemsMax).map(({ place, message, advice }) => ({
    places: placesOf(place).slice(0, placesMax),
    message: cut(message),
    advice: advice === null ? null : cut(advice),
  }));
}

export function receivedProblems(problems: readonly SentProblem[]): Problem[] {
  return problems.map(({ places, message, advice }) => ({
    place: places.reduceRight<Place | null>(
      (from, place) => (from === null ? place : { ...place, includedFrom: from }),
      null,
    ),
    message,
    advice,
  }));
}
