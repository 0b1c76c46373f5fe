import { describe, expect, it } from 'vitest';
import { createDraft } from '../draft.js';
import { isOfForeignEngine } from './foreign.js';
import { findOptions, optionTable, suggestOption } from './index.js';

/** The list: what a user of the first release may write. */
const promised = `name description filename directory nrfiles size filesize io_size offset offset_increment number_ios
loops runtime time_based ramp_time startdelay rw rwmixread rwmixwrite bs direct buffered ioengine iodepth iodepth_batch
iodepth_batch_complete_min iodepth_batch_complete_max iodepth_low numjobs stonewall new_group group_reporting fsync
fdatasync end_fsync sync norandommap randrepeat randseed invalidate overwrite fallocate unlink refill_buffers
zero_buffers scramble_buffers iomem_align cpus_allowed nice prio prioclass percentile_list clat_percentiles
lat_percentiles slat_percentiles disable_lat disable_clat disable_slat disable_bw_measurement gtod_reduce
allow_file_create allow_mounted_write create_fsync create_on_open create_only create_serialize end_syncfs fadvise_hint
file_append filename_format filetype fsync_on_close opendir pre_read write_hint
fill_device hugepage-size lockfile mem comm cpumask cpus_allowed_policy exec_postrun exec_prerun gid lockmem priohint stats uid
continue_on_error kb_base hipri sqthread_poll sqthread_poll_cpu fixedbufs registerfiles nonvectored force_async nowait
buffer_pattern buffer_compress_percentage buffer_compress_chunk dedupe_percentage dedupe_mode
dedupe_working_set_percentage dedupe_global
uncached atomic libaio_vectored userspace_reap hipri_percentage
bsrange bssplit bs_unaligned bs_is_seq_rand ba rw_sequencer percentage_random random_distribution
random_sequence_stride random_generator softrandommap zonemode zonesize zonerange zoneskip file_service_type openfiles
zonecapacity read_beyond_wp max_open_zones job_max_open_zones ignore_zone_limits zone_reset_threshold zone_reset_frequency
offset_align sync_file_range serialize_overlap
cmdprio_percentage cmdprio_class cmdprio cmdprio_hint cmdprio_bssplit unlink_each_loop stat_type`
  .split(/\s+/)
  .sort();

const logs = `job_start_clock_id log_alternate_epoch log_alternate_epoch_clock_id log_avg_msec log_entries
log_hist_coarseness log_hist_msec log_issue_time log_offset log_prio log_window_value per_job_logs write_bw_log
write_hist_log write_iolog write_iops_log write_lat_log
read_iolog replay_align replay_no_stall replay_redirect replay_scale replay_skip replay_time_scale`.split(/\s+/);

/** How jobs depend on each other, and when they end. */
const ends = `wait_for exitall exit_what exitall_on_error ignore_error error_dump
steadystate steadystate_duration steadystate_ramp_time steadystate_check_interval unified_rw_reporting disk_util ramp_size`.split(
  /\s+/,
);

/** When I/Os may start, and how long they may take. */
const pacing = `rate rate_iops rate_min rate_iops_min rate_process rate_cycle rate_ignore_thinktime io_submit_mode
thinktime thinktime_spin thinktime_blocks thinktime_blocks_type thinktime_iotime flow_id flow flow_sleep max_latency
latency_target latency_window latency_percentile latency_run thinkcycles`.split(/\s+/);

/** fio's engines for files share one table of options; those through io_uring are ours. */
const isOfFio = (engine: string): boolean => !/^io_uring_|^dir/.test(engine);

/** Of fio's net engine, which the count of all options leaves out. */
const network = 'hostname port protocol nodelay listen pingpong window_size mss'.split(' ');

/** Of fio's engines that do no I/O, likewise. */
const besideIo = 'cpuload cpuchunks cpumode exit_on_io_done program arguments grace_time std_redirect'.split(' ');

const verification = [
  ...['verify', 'do_verify', 'verify_only', 'verify_interval', 'verify_offset', 'verify_pattern'],
  ...['verify_pattern_interval', 'verify_fatal', 'verify_dump', 'verify_backlog', 'verify_backlog_batch'],
  ...['verify_state_save', 'verify_state_load', 'verify_policy'],
  ...['trim_percentage', 'trim_verify_zero', 'trim_backlog', 'trim_backlog_batch'],
  ...['verify_header_seed', 'verify_write_sequence', 'experimental_verify', 'verify_async', 'verify_async_cpus'],
];

describe('the table', () => {
  it("holds all of fio's options, and few others", () => {
    const perScope = optionTable
      .filter((option) => !isOfForeignEngine([option]))
      .filter(
        ({ ours, name, scope }) => !ours && name !== 'threads' && !scope.includes('net') && !besideIo.includes(name),
      )
      .reduce((sum, { scope }) => sum + (scope === 'job' ? 1 : scope.filter(isOfFio).length), 0);
    expect(perScope).toBe(293);
    expect(optionTable.filter(({ ours }) => ours).map(({ name }) => name)).toEqual([
      'files_per_directory',
      'precondition',
      'verify_salt',
      'verify_header_version',
      'uring_binding',
      'file_create',
      'nop',
      'chain',
      'chain_mode',
      'chain_timing',
      'send_zc',
      'recv_multishot',
      'sq_thread_idle',
      'sq_thread_share',
      'iowq_max_workers',
      'iowq_cpus',
      'no_sqarray',
    ]);
  });

  it.each(promised)('supports %s', (name) => {
    expect(findOptions(name).map(({ support }) => support.state)).toContain('supported');
  });

  it('supports nothing else but what is tested here', () => {
    const supported = optionTable.filter(({ support, ours }) => support.state === 'supported' && !ours);
    expect([...new Set(supported.map(({ name }) => name))].sort()).toEqual(
      [
        ...promised,
        ...logs,
        ...ends,
        ...pacing,
        ...network,
        ...besideIo,
        'bwavgtime',
        'iopsavgtime',
        'significant_figures',
        'unit_base',
        ...verification,
      ].sort(),
    );
  });

  it.each(optionTable.map((option) => [option.name, option] as const))('explains %s', (name, option) => {
    expect(name).toMatch(/^[a-z][a-z0-9_-]*$/);
    expect(option.help).toMatch(/^[A-Z].{8,110}\.$/);
    expect(option.type).not.toBe('');
    const { support } = option;
    if (support.state === 'refused' || support.state === 'fixed') {
      expect(support.reason).toMatch(/^(not|no|a) .*[^.]$/);
      expect(support.nearest).toMatch(/[^.]$/);
    }
  });

  it('states the defaults that a job really has', () => {
    const draft = createDraft();
    const context = { kiloBase: 1024, cpuCount: 4 } as const;
    for (const option of optionTable) {
      if (option.defaultText === null || option.read === null || option.write === null) continue;
      const before = option.write(draft);
      if (before === null) continue;
      const parsed = option.read(option.defaultText, context);
      if (!parsed.ok) throw new Error(`${option.name}: the default ${option.defaultText} is not one of its values`);
      parsed.value(draft);
      expect(`${option.name}=${option.write(draft)}`).toBe(`${option.name}=${before}`);
    }
  });
});

describe('suggestOption', () => {
  it.each([
    ['iodpeth', 'did you mean "iodepth"?'],
    ['blocksze', 'did you mean "blocksize"?'],
    ['readwrit', 'did you mean "readwrite"?'],
    ['thinktme', 'did you mean "thinktime"?'],
    ['npo', null],
    ['xyzzy', null],
  ])('%s', (typed, expected) => expect(suggestOption(typed)).toBe(expected));
});
