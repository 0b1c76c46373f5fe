/** Flags that commands with job files share. */
import { Flags } from '@oclif/core';

/** What changes what a job file means: of `run`, `check`, `sweep` and `gate`. */
export const jobFlags = {
  engine: Flags.string({
    description:
      'run every job on this engine instead of its ioengine; repeat to compare engines. Modes follow a +: io_uring+sqpoll',
    helpValue: 'NAME[+MODE]',
    multiple: true,
    multipleNonGreedy: true,
  }),
  set: Flags.string({
    description: 'set an option of every job, whatever the file says',
    helpValue: 'OPTION=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  section: Flags.string({
    description: 'run this job of the file only; may be repeated',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  runtime: Flags.string({ description: 'the same as --set runtime=TIME', helpValue: 'TIME' }),
  destructive: Flags.string({
    description: 'block device, or file that iotest has not made, that may be overwritten; all of its data can be lost',
    helpValue: '/dev/X|FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  readonly: Flags.boolean({ description: 'make, write and delete no target: refuse what would' }),
  'allow-exec': Flags.boolean({
    description: 'let the job file run its commands (exec_prerun, exec_postrun, ioengine=exec)',
  }),
};

/** Flags of what runs a plan more than once or in more than one way. */
export const variantFlags = {
  repeat: Flags.integer({
    description:
      'run everything N times; engines, job files and variants take turns, in an order drawn for each repetition but the first',
    helpValue: 'N',
    min: 1,
    max: 1000,
  }),
  variant: Flags.string({
    description: 'also run the jobs with this option changed, under this name; repeat to compare variants',
    helpValue: 'NAME:OPTION=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

export const hostsValue = 'H1,H2|@FILE|slurm|k8s:LABEL=VALUE';

/** On which hosts it runs, and how they are reached. */
export const hostFlags = {
  hosts: Flags.string({
    description:
      'run on these hosts together, over ssh, or on those of a file, of an allocation of Slurm, or of pods (docs/hosts.md)',
    helpValue: hostsValue,
  }),
  launch: Flags.string({
    description: "reach each host by this command in place of ssh: 'docker exec -i {host}'",
    helpValue: 'COMMAND',
    dependsOn: ['hosts'],
  }),
  agent: Flags.string({
    description: 'how iotest is called on the hosts, if not iotest',
    helpValue: 'PATH',
    dependsOn: ['hosts'],
  }),
  'keep-going': Flags.boolean({
    description: 'go on without a host that is lost; else the others stop, and what they measured is kept',
    dependsOn: ['hosts'],
  }),
};

/** How a result is printed, and where to. */
export const documentFlags = {
  format: Flags.string({
    description: "how to print the result: text, or fio's JSON with our root key, json+ with latency bins",
    options: ['text', 'json', 'json+'],
    default: 'text',
  }),
  output: Flags.string({
    char: 'o',
    description: 'write the result to this file instead of stdout',
    helpValue: 'FILE',
  }),
};

/** The values of `jobFlags` and `variantFlags`. */
export interface JobFlags {
  /** Absent = not given. No defaults, since help would print them as empty. */
  readonly engine?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly section?: readonly string[] | undefined;
  readonly runtime?: string | undefined;
  readonly destructive?: readonly string[] | undefined;
  readonly readonly?: boolean | undefined;
  readonly 'allow-exec'?: boolean | undefined;
  readonly repeat?: number | undefined;
  readonly variant?: readonly string[] | undefined;
}
