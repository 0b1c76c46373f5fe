/**
 * Options of fio's that iotest refuses, by name, each with what comes nearest; and those that fio itself ignores.
 * A group shares its reason; an option has a nearest of its own where there is one.
 */
import { fixed, ignored, type Option, refused } from './option.js';

/**
 * Name (with aliases after `|`), type, unit, default, tier, help, its own nearest, and the values that ask for nothing beside
 * the default: those are taken, for a whole job should not fail over them.
 */
type Row = readonly [
  name: string,
  type: string,
  unit: string | null,
  defaultText: string | null,
  tier: 1 | 2 | 3,
  help: string,
  nearest?: string | null,
  idle?: readonly string[],
];

interface Group {
  readonly scope?: readonly string[];
  /** Completes `"name" is`. */
  readonly reason: string;
  readonly nearest: string;
  readonly rows: readonly Row[];
}

function refuseAll(group: Group): Option[] {
  const { scope, reason } = group;
  return group.rows.map(([names, type, unit, defaultText, tier, help, ownNearest, idle]) => {
    const [name, ...aliases] = names.split('|') as [string, ...string[]];
    const facts = {
      ...{ name, aliases, tier, help, reason, nearest: ownNearest ?? group.nearest },
      ...(scope === undefined ? {} : { scope }),
      ...(unit === null ? {} : { unit }),
      ...(defaultText === null ? {} : { default: defaultText }),
    };
    const values = [...new Set([...(defaultText === null ? [] : [defaultText]), ...(idle ?? [])])];
    return values.length === 0 ? refused({ ...facts, type }) : fixed({ ...facts, values });
  });
}

/** Order, sizes and mix. */
const pattern: Group = {
  reason: 'not supported yet',
  nearest: 'leave it out',
  rows: [],
};

/** Zoned block devices. */
const zonedDevices: Group = {
  reason: 'not supported: what zonemode=zbd cannot write where it stands is left to the next reset of the zone',
  nearest: 'leave it out',
  rows: [
    ['recover_zbd_write_error', '0 or 1', null, '0', 3, 'Put write pointers right after an error.'],
    ['write_zone_remainder', '0 or 1', null, '0', 3, 'Write the rest of a zone with a smaller block.'],
  ],
};

/** Rare logs. */
const rareLogs: Group = {
  reason: 'not supported: logs are not compressed',
  nearest: 'compress the files afterwards',
  rows: [
    ['log_compression', 'size', 'bytes', null, 3, 'Compress logs in memory.'],
    ['log_compression_cpus', 'text', null, null, 3, 'CPUs for compressing.'],
    ['log_store_compressed', '0 or 1', null, null, 3, 'Leave log files compressed.', null, ['0']],
  ],
};

/** Binary traces. */
const rareReplay: Group = {
  reason: 'not supported: blktrace files are not read',
  nearest: 'replay each trace by itself, as an iolog of version 3, with read_iolog',
  rows: [
    [
      'read_iolog_chunked',
      '0 or 1',
      null,
      '0',
      3,
      'Read the recording piece by piece.',
      'leave it out: a recording takes 25 bytes of memory per I/O',
      ['0'],
    ],
    ['merge_blktrace_file', 'text', null, null, 3, 'Where to write merged traces.'],
    ['merge_blktrace_scalars', 'numbers separated by ":"', null, '100', 3, 'Stretch each trace.', null, ['0']],
    ['merge_blktrace_iters', 'numbers separated by ":"', null, '1', 3, 'Repeat each trace.', null, ['0']],
  ],
};

/** What surrounds a process. */
const surroundings: Group = {
  reason: 'not supported: it is set up better around iotest than in it',
  nearest: 'leave it out',
  rows: [
    ['numa_cpu_nodes', 'text', null, null, 3, 'Memory nodes whose CPUs may be used.', 'use cpus_allowed, or numactl'],
    [
      'numa_mem_policy',
      'text',
      null,
      'default',
      3,
      'Where memory comes from.',
      'start iotest under numactl',
      ['local'],
    ],
    ['cgroup', 'text', null, null, 3, 'Control group to run in.', 'start iotest with systemd-run'],
    ['cgroup_nodelete', '0 or 1', null, '0', 3, 'Leave the group behind.', null, ['0', '1']],
    [
      'ioscheduler',
      'text',
      null,
      null,
      3,
      "The device's scheduler.",
      'write it to /sys/block/…/queue/scheduler',
      ['none'],
    ],
    ['gpu_dev_id', 'number', null, '0', 3, 'Graphics card whose memory is used.'],
  ],
};

/** Workings of fio's own. */
const internals: Group = {
  reason: 'not supported: iotest works differently inside',
  nearest: 'leave it out',
  rows: [
    [
      'clocksource',
      'word',
      null,
      null,
      3,
      'Which clock to use; CLOCK_MONOTONIC here, whichever is named.',
      'leave it out: CLOCK_MONOTONIC is used',
      ['gettimeofday', 'clock_gettime', 'cpu'],
    ],
    [
      'gtod_cpu',
      'number',
      null,
      null,
      3,
      'CPU that does nothing but read the clock.',
      'use gtod_reduce=1 for fewer clock reads',
      ['0'],
    ],
    ['unique_filename', '0 or 1', null, '1', 3, 'Keep clients of a server apart.', null, ['0', '1']],
    ['profile', 'text', null, null, 3, 'Built-in workload.', '"iotest jobs" lists the workloads that come with iotest'],
    ['block_error_percentiles', '0 or 1', null, '0', 3, 'Wear of blocks under erasing.'],
    ['num_range', 'number', null, '1', 3, 'Ranges in one trim.', null, ['0', '1']],
    [
      'sprandom',
      '0 or 1',
      null,
      '0',
      3,
      'Precondition a drive in one pass.',
      'write the drive twice with rw=randwrite',
      ['0'],
    ],
    ['spr_num_regions', 'number', null, '100', 3, 'Regions of that.'],
    ['spr_op', 'numbers separated by ":"', null, '0.15', 3, 'Spare space to assume.'],
    ['spr_cs', 'size', 'bytes', '0', 3, 'Cache to assume.'],
  ],
};

/** Data placement. */
const placement: Group = {
  reason: 'not supported: commands of iotest carry no placement',
  nearest: 'leave it out',
  rows: [
    ['fdp', '0 or 1', null, '0', 3, 'Flexible data placement.'],
    ['dataplacement|data_placement', 'word', null, 'none', 3, 'Kind of data placement.'],
    ['plid_select|fdp_pli_select', 'word', null, 'roundrobin', 3, 'How a placement is chosen.'],
    ['plids|fdp_pli', 'text', null, null, 3, 'Placements to choose from.'],
    ['dp_scheme', 'text', null, null, 3, 'File that says which placement.'],
  ],
};

/** Of the mapping. */
const mmapFlags: Group = {
  scope: ['mmap'],
  reason: 'not supported: fio then maps files privately, and what is written never reaches them',
  nearest: 'leave it out',
  rows: [['thp', 'number', null, null, 3, 'Use transparent huge pages.', null, ['0']]],
};

/** Commands of devices. */
const passthrough: Group = {
  scope: ['io_uring'],
  reason: 'not supported: of NVMe commands plain reads, writes, flushes and deallocations are sent (io_uring_cmd)',
  nearest: 'leave it out',
  rows: [
    ['readfua', '0 or 1', null, '0', 3, 'Reads with FUA.'],
    ['writefua', '0 or 1', null, '0', 3, 'Writes with FUA.'],
    ['write_mode', 'word', null, 'write', 3, 'Which command writes.'],
    ['verify_mode', 'word', null, 'read', 3, 'Which command verifies.'],
    ['cmd_type', 'word', null, 'nvme', 3, 'Kind of device.', 'it is for ioengine=io_uring_cmd'],
    ['cdb_len', 'word', null, '0', 3, 'Length of SCSI commands.'],
    ['verify_bytchk', 'word', null, '0', 3, 'How SCSI VERIFY checks.'],
    ['read_mode', 'word', null, 'read', 3, 'Which command reads.'],
    ['md_per_io_size', 'size', 'bytes', '0', 3, 'Room for metadata.'],
    ['pi_act', '0 or 1', null, '1', 3, 'Who makes protection information.', null, ['0', '1']],
    ['pi_chk', 'text', null, 'NULL', 3, 'What of it is checked.'],
    ['apptag', 'number', null, '0x1234', 3, 'Its application tag.'],
    ['apptag_mask', 'number', null, '0xffff', 3, 'Mask of that tag.'],
    ['deac', '0 or 1', null, '0', 3, 'Deallocate with write zeroes.'],
  ],
};

/** Dropped by fio as well. */
const dropped: Group = {
  reason: "no option of fio's any more",
  nearest: 'leave it out',
  rows: [
    ['percentage_sequential', 'none', null, null, 3, 'Share of sequential offsets.', 'use rw=read or rw=randread'],
    ['rwmixcycle', 'none', null, null, 3, 'Length of one round of a mix.', 'leave it out: rwmixread is enough'],
  ],
};

export const refusedOptions: readonly Option[] = [
  ...refuseAll(pattern),
  ...refuseAll(zonedDevices),
  ...refuseAll(rareLogs),
  ...refuseAll(rareReplay),

  ...refuseAll(surroundings),
  ...refuseAll(internals),
  ...refuseAll(placement),
  ...refuseAll(mmapFlags),
  ...refuseAll(passthrough),
  ...refuseAll(dropped),
  ...['verifysort', 'verifysort_nr'].map((name) =>
    ignored({
      name,
      tier: 3,
      type: 'none',
      help: 'Former option of verification.',
      note: 'fio has dropped it and ignores it as well',
    }),
  ),
  ignored({
    name: 'cgroup_weight',
    tier: 3,
    type: 'number',
    help: 'I/O weight of the control group.',
    note: 'it weighs the group that cgroup names, and cgroup is not supported',
  }),
  ignored({
    name: 'threads',
    tier: 3,
    type: 'number',
    help: "Option of fio's tiobench profile.",
    note: 'fio reads it only with its tiobench profile; numjobs sets the number of clones',
  }),
];
