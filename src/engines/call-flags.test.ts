import { describe, expect, it } from 'vitest';
import { Operation } from '../job/operation.js';
import { Errno } from '../system/errno.js';
import { sampleEngineOptions } from '../testing/sample-result.js';
import { explainRefusal } from './call-flags.js';

describe('explainRefusal', () => {
  it('names the flags that can have been refused, and no others', () => {
    const all = sampleEngineOptions({ uncached: true, nowait: true, atomic: true });
    const read = explainRefusal(Errno.EOPNOTSUPP, Operation.read, all);
    expect(read?.advice).toBe('leave uncached and nowait out');
    expect(read?.reason).not.toContain('RWF_ATOMIC');
    expect(explainRefusal(Errno.EOPNOTSUPP, Operation.write, all)?.advice).toBe(
      'leave uncached and nowait and atomic out',
    );
    expect(explainRefusal(Errno.EINVAL, Operation.write, all)?.reason).toContain('RWF_ATOMIC');
    expect(explainRefusal(Errno.EAGAIN, Operation.read, all)?.reason).toContain('RWF_NOWAIT');
  });

  it('says nothing of errors that have other causes', () => {
    const none = sampleEngineOptions();
    for (const errno of [Errno.EOPNOTSUPP, Errno.EINVAL, Errno.EAGAIN]) {
      expect(explainRefusal(errno, Operation.write, none)).toBeNull();
    }
    const nowait = sampleEngineOptions({ nowait: true });
    expect(explainRefusal(Errno.EIO, Operation.read, nowait)).toBeNull();
    expect(explainRefusal(Errno.EOPNOTSUPP, Operation.sync, nowait)).toBeNull();
  });
});
