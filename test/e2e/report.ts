/**
 * What a run prints: one line a step with its time, and at the end `N passed, N failed`. A step that throws is a failed one.
 * `essential` steps stop the run when they fail, because nothing after them could mean anything; `check` steps let it go on.
 */

/** Thrown to end the run early, once the reason has been printed as a failed step. */
export class RunStopped extends Error {
	override readonly name = "RunStopped";
}

export interface Report {
	/** Starts a group of steps. */
	section(title: string): void;
	/** @throws RunStopped when the step fails */
	essential<Result>(name: string, step: () => Promise<Result>): Promise<Result>;
	check(name: string, step: () => Promise<string | undefined>): Promise<void>;
	/** Prints the closing line and says whether all is well: something passed, and nothing failed. */
	finish(): boolean;
}

export function createReport(print: (line: string) => void): Report {
	const startedMs = performance.now();
	let passed = 0;
	let failed = 0;

	const line = (word: string, fromMs: number, name: string, detail?: string) => {
		const seconds = ((performance.now() - fromMs) / 1000).toFixed(1).padStart(6);
		print(`${word.padEnd(4)} ${seconds} s  ${name}${detail === undefined ? "" : `: ${detail}`}`);
	};
	const fail = (fromMs: number, name: string, cause: unknown) => {
		failed += 1;
		line("FAIL", fromMs, name);
		for (const text of messageOf(cause).split("\n")) print(`               ${text}`);
	};

	return {
		section: (title) => print(`\n${title}`),
		async essential(name, step) {
			const fromMs = performance.now();
			try {
				const result = await step();
				passed += 1;
				line("ok", fromMs, name);
				return result;
			} catch (cause) {
				fail(fromMs, name, cause);
				print(`\nStopped at "${name}": the steps after it did not run.`);
				throw new RunStopped(name);
			}
		},
		async check(name, step) {
			const fromMs = performance.now();
			try {
				const detail = await step();
				passed += 1;
				line("ok", fromMs, name, detail);
			} catch (cause) {
				fail(fromMs, name, cause);
			}
		},
		finish() {
			const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
			print(`\n${seconds} s in all`);
			print(`${passed} passed, ${failed} failed`);
			return passed > 0 && failed === 0;
		},
	};
}

function messageOf(cause: unknown): string {
	if (!(cause instanceof Error)) return String(cause);
	const own =
		cause.name === "Error" || cause.name === "AssertionError" ? cause.message : `${cause.name}: ${cause.message}`;
	return cause.cause === undefined ? own : `${own}\ncaused by ${messageOf(cause.cause)}`;
}
