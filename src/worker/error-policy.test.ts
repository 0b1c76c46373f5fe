import { describe, expect, it } from 'vitest';
import { createRequests } from '../engines/requests.js';
import { Operation } from '../job/operation.js';
import { Errno } from '../system/errno.js';
import { sampleJob } from '../testing/sample-result.js';
import { ErrorPolicy, toleratedErrors } from './error-policy.js';

const { EIO, EILSEQ, ENOSPC } = Errno;

function policy(operation: number, given: Parameters<typeof sampleJob>[0], dumps = false): ErrorPolicy {
  const requests = createRequests(1);
  requests.operation[0] = operation;
  requests.byteCount[0] = 4096;
  return new ErrorPolicy(requests, new Float64Array(32), toleratedErrors(sampleJob(given)), true, dumps);
}

const both = { read: true, write: true, verify: false };
const lists = { ignoredErrnos: { read: [ENOSPC], write: null, verify: null }, dump: false };

describe('what is passed over', () => {
  it.each([
    ['nothing by default', { read: false, write: false, verify: false }, Operation.read, EIO, true, false],
    [
      'EIO where the direction continues',
      { read: true, write: false, verify: false },
      Operation.read,
      EIO,
      false,
      false,
    ],
    ['EILSEQ likewise', both, Operation.write, EILSEQ, false, false],
    ['not in the other direction', { read: true, write: false, verify: false }, Operation.write, EIO, true, false],
    ['trims with the writes', { read: false, write: true, verify: false }, Operation.trim, EIO, false, false],
    ['not what says that the request was wrong, which is counted', both, Operation.read, ENOSPC, true, true],
  ])('%s', (_, continueOnError, operation, errno, isFatal, isCounted) => {
    const errors = policy(operation, { continueOnError });
    expect(errors.judge(0, -errno)).toBe(errors.failed);
    expect([errors.isFatal, errors.fatalIsCounted]).toEqual([isFatal, isCounted]);
    expect(errors.toleratedCount).toBe(isFatal ? 0 : 1);
  });

  it('what a list names, and nothing else', () => {
    const errors = policy(Operation.read, { continueOnError: both, errors: lists });
    errors.judge(0, -ENOSPC);
    expect(errors.isFatal).toBe(false);
    errors.judge(0, -EIO);
    expect(errors.fatalError?.errno).toBe(EIO);
  });
});

it('keeps what was passed over when it is to be told, the first thousand', () => {
  const quiet = policy(Operation.read, { continueOnError: both });
  const telling = policy(Operation.read, { continueOnError: both }, true);
  for (let count = 0; count < 1500; count++) {
    quiet.judge(0, -EIO);
    telling.judge(0, -EIO);
  }
  expect([quiet.dumped.length, telling.dumped.length, telling.toleratedCount]).toEqual([0, 1000, 1500]);
  telling.forget();
  expect(telling.dumped).toEqual([]);
});
