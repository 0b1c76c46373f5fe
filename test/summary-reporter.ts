/**
 * Ends a test run with what a reader must know: each skipped test by name and reason, then the three counts. A test
 * that cannot run on this machine is no success, so it is never silent.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped');
    const brokenModules = modules.filter((module) => module.errors().length > 0).length;
    const failedCount = inState('failed').length + brokenModules + unhandledErrors.length;
    const passedCount = inState('passed').length;

    if (skipped.length > 0) process.stdout.write(`skipped:\n${skipped.map(skipLine).join('\n')}\n\n`);
    const countsFile = process.env.IOTEST_TEST_COUNTS;
    if (countsFile !== undefined) writeFileSync(countsFile, `${passedCount} ${failedCount} ${skipped.length}\n`);
    else process.stdout.write(`${passedCount} passed, ${failedCount} failed, ${skipped.length} skipped\n`);
  }
}

function skipLine(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return `  ${test.module.relativeModuleId}: ${test.fullName}${note === undefined ? '' : ` (${note})`}`;
}
