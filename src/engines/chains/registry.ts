/** Engines for jobs whose I/Os are chains. A worker loads those of its own engine only. */
import { engineTraits } from '../../job/engine-traits.js';
import type { EngineName } from '../../job/job.js';
import type { EngineModule } from '../engine.js';
import { engineModule } from '../registry.js';
import { openSteppedEngine } from './stepped.js';

export async function chainEngineModule(name: EngineName): Promise<EngineModule> {
  if (name === 'io_uring') return import('./uring.js');
  const single = await engineModule(name);
  return { openEngine: (setup) => openSteppedEngine(single, setup, engineTraits(name).touchesFiles) };
}
