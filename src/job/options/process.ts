/** The thread that does the I/O: CPUs and priorities. */
import { cpuList, integer } from '../values.js';
import { type Option, supported } from './option.js';

export const processOptions: readonly Option[] = [
  supported({
    name: 'cpus_allowed',
    tier: 2,
    help: 'CPUs that the threads of the job may use.',
    example: '0,1',
    type: cpuList,
    get: (draft) => draft.process.cpusAllowed,
    set: (draft, value) => {
      draft.process.cpusAllowed = value;
    },
  }),
  supported({
    name: 'nice',
    tier: 2,
    help: 'Nice value of the threads, -20 to 19.',
    example: '-5',
    type: integer({ min: -20, max: 19 }),
    get: (draft) => draft.process.nice,
    set: (draft, value) => {
      draft.process.nice = value;
    },
  }),
  supported({
    name: 'prio',
    tier: 2,
    help: 'I/O priority within the class, 0 (highest) to 7.',
    type: integer({ min: 0, max: 7 }),
    get: (draft) => draft.process.prio,
    set: (draft, value) => {
      draft.process.prio = value;
    },
  }),
  supported({
    name: 'prioclass',
    tier: 2,
    help: 'I/O priority class: 0 none, 1 real time, 2 best effort, 3 idle.',
    type: integer({ min: 0, max: 3 }),
    get: (draft) => draft.process.prioClass,
    set: (draft, value) => {
      draft.process.prioClass = value;
    },
  }),
];
