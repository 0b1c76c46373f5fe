/** Options of fio's command line that are no job options: which there are, what they take, and which are refused. */

/** As getopt_long(3) has it: an optional argument stands behind `=` only, a required one also in the next word. */
export type Takes = 'nothing' | 'value' | 'optional value';

export interface OwnOption {
  readonly name: string;
  readonly takes: Takes;
  /** For --help: what stands behind the name, and what it does. */
  readonly value?: string;
  readonly help: string;
  /** Completes `--name is not supported: `; absent = supported. */
  readonly refused?: { readonly reason: string; readonly nearest: string };
}

const clientServer = {
  reason: 'iotest runs on the machine it is started on',
  nearest: 'start it on each machine (ssh), and compare the results with iotest compare',
};
const selfTest = {
  reason: "it measures fio's own functions",
  nearest: 'iotest probe measures what this machine gives to iotest',
};

export const ownOptions: readonly OwnOption[] = [
  {
    name: 'debug',
    takes: 'value',
    value: 'LIST',
    help: 'print what is parsed and drawn: parse, random, job, all; ? lists them',
  },
  { name: 'parse-only', takes: 'nothing', help: 'read the jobs, start nothing' },
  { name: 'output', takes: 'value', value: 'FILE', help: 'write the output to this file' },
  {
    name: 'bandwidth-log',
    takes: 'optional value',
    value: '[=NAME]',
    help: 'write the bandwidth of all jobs together to NAME-read_bw.log … (agg-…)',
  },
  { name: 'minimal', takes: 'nothing', help: 'the same as --output-format=terse' },
  { name: 'output-format', takes: 'value', value: 'LIST', help: 'normal, terse, json, json+; several behind commas' },
  { name: 'append-terse', takes: 'optional value', help: 'terse output in addition' },
  { name: 'terse-version', takes: 'value', value: 'N', help: 'layout of terse output: 2, 3 (default), 4 or 5' },
  { name: 'version', takes: 'nothing', help: 'print the version' },
  { name: 'help', takes: 'nothing', help: 'print this' },
  { name: 'cmdhelp', takes: 'optional value', value: '[=OPTION]', help: 'explain a job option, or list all' },
  {
    name: 'enghelp',
    takes: 'optional value',
    value: '[=ENGINE[,OPTION]]',
    help: 'list the engines, or the options of one, or explain one',
  },
  { name: 'showcmd', takes: 'nothing', help: 'print the jobs as a command line, start nothing' },
  { name: 'eta', takes: 'value', value: 'WHEN', help: 'the line of progress: always, never, auto (on a terminal)' },
  { name: 'eta-interval', takes: 'value', value: 'TIME', help: 'time between two lines of progress, 250ms or more' },
  { name: 'eta-newline', takes: 'value', value: 'TIME', help: 'keep a line of progress after each such time' },
  {
    name: 'status-interval',
    takes: 'value',
    value: 'TIME',
    help: 'print the whole output so far after each such time',
  },
  { name: 'readonly', takes: 'nothing', help: 'refuse jobs that write or trim' },
  { name: 'section', takes: 'value', value: 'NAME', help: 'run this job only; may be repeated' },
  { name: 'warnings-fatal', takes: 'nothing', help: 'treat doubts about the jobs as errors' },
  { name: 'max-jobs', takes: 'value', value: 'N', help: 'has no effect: nothing is set aside for jobs' },
  { name: 'alloc-size', takes: 'value', value: 'KB', help: 'has no effect: memory comes as it is needed' },
  { name: 'aux-path', takes: 'value', value: 'DIR', help: 'where verify_state_save and verify_dump put their files' },
  {
    name: 'trigger-file',
    takes: 'value',
    value: 'FILE',
    help: 'when this file appears: remove it, stop the jobs, save their states (verify_state_save), run --trigger',
  },
  { name: 'trigger-timeout', takes: 'value', value: 'TIME', help: 'the same when this time has passed' },
  { name: 'trigger', takes: 'value', value: 'COMMAND', help: 'what a trigger runs, in a shell' },
  {
    name: 'latency-log',
    takes: 'value',
    help: '',
    refused: { reason: 'fio has given it up itself', nearest: 'use write_lat_log in the job' },
  },
  {
    name: 'inflate-log',
    takes: 'value',
    help: '',
    refused: { reason: 'iotest writes no compressed logs', nearest: 'logs are plain text; compress them with zstd' },
  },
  {
    name: 'profile',
    takes: 'value',
    help: '',
    refused: { reason: "fio's built-in profiles are not here", nearest: 'iotest jobs lists the shipped job files' },
  },
  {
    name: 'idle-prof',
    takes: 'value',
    help: '',
    refused: { reason: 'it loads every CPU beside the measurement', nearest: 'usr_cpu and sys_cpu are in the result' },
  },
  {
    name: 'merge-blktrace-only',
    takes: 'nothing',
    help: '',
    refused: { reason: 'iotest reads no blktrace files', nearest: 'replay a text log: read_iolog' },
  },
  { name: 'server', takes: 'optional value', help: '', refused: clientServer },
  { name: 'daemonize', takes: 'value', help: '', refused: clientServer },
  { name: 'client', takes: 'value', help: '', refused: clientServer },
  { name: 'remote-config', takes: 'value', help: '', refused: clientServer },
  { name: 'trigger-remote', takes: 'value', help: '', refused: clientServer },
  { name: 'cpuclock-test', takes: 'nothing', help: '', refused: selfTest },
  { name: 'crctest', takes: 'optional value', help: '', refused: selfTest },
  { name: 'memcpytest', takes: 'optional value', help: '', refused: selfTest },
];

/** Not fio's; never meant by an abbreviation. */
export const addedOptions: readonly OwnOption[] = [
  {
    name: 'destructive',
    takes: 'value',
    value: '/dev/X',
    help: 'block device that may be written to or trimmed (IOTEST_DESTRUCTIVE does the same)',
  },
  {
    name: 'allow-exec',
    takes: 'nothing',
    help: 'let the jobs run their commands, exec_prerun, exec_postrun, ioengine=exec (IOTEST_ALLOW_EXEC=1 does the same)',
  },
  { name: 'results', takes: 'value', value: 'DIR', help: 'also save the run in this folder, for iotest compare' },
];

/** fio's switches: bare, or with `=0` or `=1`, so the next word is never their value. */
export const switchNames: ReadonlySet<string> = new Set([
  ...['bs_unaligned', 'blocksize_unaligned', 'norandommap', 'time_based', 'verify_only', 'exitall', 'exitall_on_error'],
  ...['stonewall', 'wait_for_previous', 'new_group', 'thread', 'group_reporting', 'zero_buffers', 'refill_buffers'],
  ...['hipri', 'fixedbufs', 'registerfiles', 'sqthread_poll', 'userspace_reap'],
]);
