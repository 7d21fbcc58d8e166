/**
 * Ends a test run with one line that both people and CI can read: `312 passed, 0 failed`, with `, 2 skipped` when some were.
 * A file that did not load and an error outside any test count as failed: nothing that went wrong hides behind a zero.
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export class ClosingLineReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
		const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
		for (const module of modules) {
			count.failed += module.errors().length;
			for (const test of module.children.allTests()) {
				const { state } = test.result();
				if (state === "passed" || state === "failed" || state === "skipped") count[state] += 1;
				// Never ended: the run was stopped or its worker died.
				else count.failed += 1;
			}
		}
		const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
		console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
	}
}
