import { expect, it } from 'vitest';
import { fioReadWrite } from './workload.js';

it.each([
  [{}, 'read', null],
  [{ rw: 'randread' }, 'randread', null],
  [{ rw: 'randrw:8' }, 'randrw', 50],
  [{ readwrite: 'randwrite' }, 'randwrite', null],
  [{ readwrite: 'readwrite', rwmixread: '70' }, 'rw', 70],
  [{ rw: 'randreadwrite:2', rwmixwrite: '20' }, 'randrw', 80],
  [{ rw: 'write:4k', rwmixread: '70' }, 'write', null],
])('%j of fio is %s, with reads in %s per cent', (options, readWrite, readPercent) => {
  expect(fioReadWrite(options)).toEqual({ readWrite, readPercent });
});
