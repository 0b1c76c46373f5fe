/** fio's options by scope, frozen: each as name|alias:tier. None of them may get lost from the table. */
import { describe, expect, it } from 'vitest';
import { optionTable } from './index.js';

const fioOptions: Readonly<Record<string, string>> = {
  job: `
    description:1 name:1 wait_for:2 filename:1 filetype:2 directory:1 filename_format:1 unique_filename:3
    lockfile:2 opendir:2 rw|readwrite:1 rw_sequencer:2 ioengine:1 iodepth:1
    iodepth_batch|iodepth_batch_submit:1 iodepth_batch_complete_min|iodepth_batch_complete:1
    iodepth_batch_complete_max:1 iodepth_low:1 serialize_overlap:2 io_submit_mode:2 size:1 io_size|io_limit:1
    fill_device|fill_fs:2 filesize:1 file_append:2 offset|fileoffset:1 offset_align:1 offset_increment:1
    number_ios:1 num_range:3 bs|blocksize:1 ba|blockalign:1 bsrange|blocksize_range:1 bssplit:1
    bs_unaligned|blocksize_unaligned:2 bs_is_seq_rand:2 randrepeat|allrandrepeat:1 randseed:1 norandommap:1
    softrandommap:2 sprandom:3 spr_num_regions:3 spr_op:3 spr_cs:3 random_generator:1 random_distribution:1
    random_sequence_stride:2 percentage_random:2 percentage_sequential:3 nrfiles|nr_files:1 openfiles:1
    file_service_type:1 fallocate:1 fadvise_hint:2 fsync:1 fdatasync:1 write_barrier:2 sync_file_range:2
    direct:1 atomic:2 buffered:1 overwrite:1 loops:1 numjobs:1 startdelay:1 runtime|timeout:1 time_based:1
    verify_only:2 ramp_time:1 ramp_size:2 clocksource:3 mem|iomem:2 iomem_align|mem_align:1 verify:2
    do_verify:2 verify_policy:3 verifysort:3 verifysort_nr:3 verify_interval:2 verify_offset:2
    verify_pattern:2 verify_pattern_interval:3 verify_fatal:2 verify_dump:2 verify_async:3 verify_backlog:2
    verify_backlog_batch:2 verify_async_cpus:3 experimental_verify:3 verify_state_load:3 verify_state_save:3
    verify_write_sequence:3 verify_header_seed:3 trim_percentage:3 trim_verify_zero:3 trim_backlog:3
    trim_backlog_batch:3 write_iolog:2 read_iolog:2 read_iolog_chunked:3 replay_no_stall:2 replay_redirect:2
    replay_scale:2 replay_align:2 replay_time_scale:2 replay_skip:2 merge_blktrace_file:3
    merge_blktrace_scalars:3 merge_blktrace_iters:3 exec_prerun:2 exec_postrun:2 ioscheduler:3 zonemode:2
    zonesize:2 zonecapacity:3 zonerange:2 zoneskip:2 read_beyond_wp:3 max_open_zones:3 job_max_open_zones:3
    ignore_zone_limits:3 zone_reset_threshold:3 zone_reset_frequency:3 recover_zbd_write_error:3
    write_zone_remainder:3 fdp:3 dataplacement|data_placement:3 plid_select|fdp_pli_select:3 plids|fdp_pli:3
    dp_scheme:3 lockmem:2 rwmixread:1 rwmixwrite:1 rwmixcycle:3 comm:2 nice:2 prio:2 prioclass:2 priohint:2
    thinktime:1 thinktime_spin:2 thinkcycles:2 thinktime_blocks:1 thinktime_blocks_type:2 thinktime_iotime:2
    rate:1 rate_min|ratemin:2 rate_iops:1 rate_iops_min:2 rate_process:2 rate_cycle|ratecycle:2
    rate_ignore_thinktime:2 max_latency:2 latency_target:2 latency_window:2 latency_percentile:2 latency_run:2
    invalidate:1 sync:1 write_hint:2 create_serialize:1 create_fsync:1 create_on_open:1 create_only:1
    allow_file_create:1 allow_mounted_write:1 pre_read:1 cpumask:2 cpus_allowed:2 cpus_allowed_policy:2
    numa_cpu_nodes:3 numa_mem_policy:3 gpu_dev_id:3 end_fsync:1 fsync_on_close:1 end_syncfs:1 unlink:1
    unlink_each_loop:2 exitall:2 exit_what:2 exitall_on_error:2 stonewall|wait_for_previous:1 new_group:1
    thread:1 per_job_logs:1 write_bw_log:1 write_lat_log:1 write_iops_log:1 log_entries:2 log_avg_msec:1
    log_hist_msec:2 log_hist_coarseness:2 write_hist_log:2 log_window_value|log_max_value:2 log_offset:2
    log_prio:2 log_issue_time:2 log_compression:3 log_compression_cpus:3 log_store_compressed:3
    log_alternate_epoch|log_unix_epoch:2 log_alternate_epoch_clock_id:2 block_error_percentiles:3 bwavgtime:1
    iopsavgtime:1 group_reporting:1 stats:2 zero_buffers:1 refill_buffers:1 scramble_buffers:1
    buffer_pattern:1 buffer_compress_percentage:1 buffer_compress_chunk:1 dedupe_percentage:2 dedupe_global:2
    dedupe_mode:2 dedupe_working_set_percentage:2 clat_percentiles:1 lat_percentiles:1 slat_percentiles:1
    percentile_list:1 significant_figures:1 disk_util:1 gtod_reduce:2 disable_lat:1 disable_clat:1
    disable_slat:1 disable_bw_measurement|disable_bw:1 gtod_cpu:3 job_start_clock_id:2 unified_rw_reporting:2
    continue_on_error:1 ignore_error:2 error_dump:2 profile:3 cgroup:3 cgroup_nodelete:3 cgroup_weight:3 uid:2
    gid:2 kb_base:1 unit_base:1 hugepage-size:2 flow_id:2 flow:2 flow_watermark:3 flow_sleep:2
    steadystate|ss:2 steadystate_duration|ss_dur:2 steadystate_ramp_time|ss_ramp:2
    steadystate_check_interval|ss_interval:2`,
  io_uring: `
    hipri:1 readfua:3 writefua:3 write_mode:3 verify_mode:3 fixedbufs:1 registerfiles:1 sqthread_poll:1
    sqthread_poll_cpu:1 nonvectored:1 uncached:2 nowait:2 force_async:1 cmd_type:3 cdb_len:3 verify_bytchk:3
    read_mode:3 md_per_io_size:3 pi_act:3 pi_chk:3 apptag:3 apptag_mask:3 deac:3 cmdprio_percentage:2
    cmdprio_class:2 cmdprio_hint:2 cmdprio:2 cmdprio_bssplit:2`,
  libaio: `
    userspace_reap:2 nowait:2 libaio_vectored:2 cmdprio_percentage:2 cmdprio_class:2 cmdprio_hint:2 cmdprio:2
    cmdprio_bssplit:2`,
  pvsync2: `
    hipri:2 hipri_percentage:2 uncached:2 nowait:2`,
  mmap: `
    thp:3`,
  filestat: `
    stat_type:3`,
};

const known = Object.entries(fioOptions).flatMap(([scope, names]) =>
  names
    .trim()
    .split(/\s+/)
    .map((text) => [scope, text] as const),
);

describe("fio's options", () => {
  it('are as many as fio 3.42 has', () => expect(known).toHaveLength(293));

  it.each(known)('%s: %s is in the table', (scope, text) => {
    const [, name, alias, tier] = /^([^|:]+)(?:\|([^:]+))?:(\d)$/.exec(text)!;
    const entry = optionTable.find(
      (option) => option.name === name && (scope === 'job' ? option.scope === 'job' : option.scope.includes(scope)),
    );
    expect(entry).toMatchObject({ tier: Number(tier), aliases: alias === undefined ? [] : [alias] });
  });
});
