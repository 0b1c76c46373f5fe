/**
 * With IOTEST_BRIEF_WARM_UP=1 a rehearsal is over in a moment and no ruler is laid to the loop: for tests that judge what is
 * done, and not how fast. What is measured then includes compilation.
 */
export const isWarmUpBrief = process.env.IOTEST_BRIEF_WARM_UP === '1';
