/** What a job asks of the kernel's threads behind its ring, and of the ring's form. */
export interface RingOptions {
  /** `sq_thread_idle`: how long SQPOLL's thread looks for work before it sleeps; null = 1000. */
  readonly sqThreadIdleMs: number | null;
  /** `sq_thread_share`: one SQPOLL thread serves all jobs that run together and have this (IORING_SETUP_ATTACH_WQ). */
  readonly sharesSqThread: boolean;
  /** `iowq_max_workers` (IORING_REGISTER_IOWQ_MAX_WORKERS); 0 leaves the kernel's own limit, null both. */
  readonly workerCountMax: { readonly bounded: number; readonly unbounded: number } | null;
  /** `iowq_cpus` (IORING_REGISTER_IOWQ_AFF); null = where the job's thread may run. */
  readonly workerCpus: readonly number[] | null;
  /** `no_sqarray` (IORING_SETUP_NO_SQARRAY). */
  readonly withoutSqArray: boolean;
}
