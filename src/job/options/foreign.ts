/**
 * Private options of fio's engines that are not here: known by name, so that a job is told whose they are and where to
 * turn, and not that they are unknown.
 */
import { engineNames } from '../job.js';
import { foreignEngines } from './engine.js';
import { type Option, refused } from './option.js';

const privateOptions: Readonly<Record<string, readonly string[]>> = {
  rbd: ['rbdname', 'clustername', 'pool', 'clientname', 'busy_poll'],
  rados: ['clustername', 'pool', 'clientname', 'busy_poll', 'touch_objects', 'conf'],
  http: [
    ...['https', 'http_host', 'http_user', 'http_pass', 'http_mode', 'http_object_mode', 'http_verbose'],
    ...['http_s3_region', 'http_s3_key', 'http_s3_keyid', 'http_s3_security_token', 'http_s3_storage_class'],
    ...['http_s3_sse_customer_key', 'http_s3_sse_customer_algorithm', 'http_swift_auth_token'],
  ],
  rdma: ['verb', 'bindname'],
  gfapi: ['volume', 'brick'],
  gfapi_async: ['volume', 'brick'],
  libhdfs: ['namenode', 'chunk_size', 'single_instance', 'hdfs_use_direct'],
  libiscsi: ['initiator'],
  nbd: ['uri'],
  nfs: ['nfs_url'],
  dfs: ['pool', 'cont', 'chunk_size', 'object_class', 'svcl'],
  sg: ['sg_write_mode', 'stream_id'],
  mtd: ['skip_bad'],
  e4defrag: ['donorname', 'inplace'],
  libcufile: ['gpu_dev_ids', 'cuda_io'],
  librpma_gpspm: ['serverip', 'direct_write_to_pmem', 'busy_wait_polling'],
  xnvme: [
    ...['xnvme_async', 'xnvme_sync', 'xnvme_admin', 'xnvme_dev_nsid', 'xnvme_dev_subnqn', 'xnvme_mem', 'xnvme_iovec'],
    ...['xnvme_reap_stop_at_first_error', 'xnvme_write_mode'],
  ],
  libblkio: [
    ...['libblkio_driver', 'libblkio_path', 'libblkio_pre_connect_props', 'libblkio_num_entries'],
    ...['libblkio_queue_size', 'libblkio_pre_start_props', 'libblkio_vectored', 'libblkio_wait_mode'],
    ...['libblkio_write_zeroes_on_trim', 'libblkio_force_enable_completion_eventfd'],
  ],
  windowsaio: ['no_completion_thread'],
};

const names = [...new Set(Object.values(privateOptions).flat())];

function enginesOf(name: string): string[] {
  return Object.keys(privateOptions).filter((engine) => privateOptions[engine]!.includes(name));
}

const nearestTo = (engine: string): string => foreignEngines[engine] ?? 'leave it out';

export const foreignOptions: readonly Option[] = names.map((name) => {
  const scope = enginesOf(name);
  return refused({
    name,
    scope,
    type: 'text',
    tier: 3,
    help: `Of ioengine=${scope.join(', ')}.`,
    reason: `not here: it belongs to ioengine=${scope.join(', ')}`,
    nearest: nearestTo(scope[0]!),
  });
});

/** True of options that belong to engines which are not here. */
export function isOfForeignEngine(found: readonly Option[]): boolean {
  const isHere = (engine: string): boolean => (engineNames as readonly string[]).includes(engine);
  return found.length > 0 && found.every(({ scope }) => scope !== 'job' && !scope.some(isHere));
}

interface NamedOption {
  readonly key: string;
  readonly found: readonly Option[];
}

/** What to say of such options of one job: whose they are, which is the engine that has them all. Null without any. */
export function foreignProblem(
  named: readonly NamedOption[],
): { readonly key: string; readonly message: string; readonly advice: string } | null {
  const foreign = named.filter(({ found }) => isOfForeignEngine(found));
  if (foreign.length === 0) return null;
  const keys = foreign.map(({ key }) => key);
  const scopes = foreign.map(({ found }) => found.flatMap(({ scope }) => scope));
  const common = scopes[0]!.filter((engine) => scopes.every((scope) => scope.includes(engine)));
  const owners = common.length > 0 ? common.slice(0, 2) : [...new Set(scopes.map(([first]) => first!))];
  const which = owners.map((engine) => `ioengine=${engine}`).join(' and ');
  const [verb, exist] = [keys.length === 1 ? 'belongs' : 'belong', owners.length === 1 ? 'is' : 'are'];
  return {
    key: keys[0]!,
    message: `${keys.join(', ')} ${verb} to ${which}, which ${exist} not in iotest`,
    advice: nearestTo(owners[0]!),
  };
}
