/** The code of engines by name. A worker loads the module of its own engine only. */
import type { EngineName } from '../job/job.js';
import type { EngineModule } from './engine.js';

/** Loads the engine's code. */
export async function engineModule(name: EngineName): Promise<EngineModule> {
  switch (name) {
    case 'io_uring':
      return import('./io-uring.js');
    case 'io_uring_cmd':
      return import('./io-uring-cmd.js');
    case 'libaio':
      return import('./libaio.js');
    case 'mmap':
      return import('./mmap.js');
    case 'null':
      return import('./null.js');
    case 'sync':
    case 'psync':
    case 'vsync':
    case 'pvsync':
    case 'pvsync2':
      return import('./sync.js');
    case 'falloc':
    case 'ftruncate':
      return import('./file-space.js');
    case 'splice':
      return import('./splice.js');
    case 'cpuio':
      return import('./cpuio.js');
    case 'exec':
      return import('./exec.js');
    case 'filecreate':
    case 'filestat':
    case 'filedelete':
    case 'filerename':
    case 'dircreate':
    case 'dirstat':
    case 'dirdelete':
      return import('./file-calls-engine.js');
    case 'io_uring_filecreate':
    case 'io_uring_filestat':
    case 'io_uring_filedelete':
    case 'io_uring_filerename':
    case 'io_uring_dircreate':
    case 'io_uring_dirstat':
    case 'io_uring_dirdelete':
      return import('./file-requests-engine.js');
    case 'net':
      return import('./net.js');
    case 'io_uring_net':
      return import('./io-uring-net.js');
  }
}
