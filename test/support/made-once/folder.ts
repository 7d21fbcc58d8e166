/**
 * A folder for what many test files of one run need alike. A global setup makes its name, in the process that all kinds of tests have in
 * common. It goes with the run, and before each run of a watch: nothing is ever found in it that was made of other sources.
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
	export interface ProvidedContext {
		madeOnceFolder: string;
	}
}

const folder = join(tmpdir(), `millrace-made-once-${process.pid}`);

export function setup(project: TestProject): void {
	project.provide("madeOnceFolder", folder);
	project.onTestsRerun(teardown);
}

export const teardown = (): Promise<void> => rm(folder, { recursive: true, force: true });
