/** `bundleWorkers` for constructs, which CDK makes synchronously: one child process bundles all groups. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { BundleOptions, WorkerBundle, WorkerEntry } from "./worker-bundle.ts";

export interface BundlerRequest {
	readonly entries: readonly WorkerEntry[];
	readonly options: BundleOptions;
}

export type BundlerAnswer =
	| { readonly bundles: readonly WorkerBundle[] }
	| { readonly failure: { readonly message: string; readonly details: Readonly<Record<string, unknown>> } };

const program = fileURLToPath(new URL("bundle-cli.ts", import.meta.url));
/** The answer names every source file: some 100 KB a group. */
const answerBytesMax = 256 * 1024 * 1024;

/** How much esbuild's heap may grow between two collections, in percent: a sixth less CPU than with Go's 100, for a seventh more memory. */
const garbagePercent = "400";

/** @throws MillraceError `configuration-invalid`, as `bundleWorkers` does. */
export function bundleWorkersSync(
	entries: readonly WorkerEntry[],
	options: BundleOptions = {},
): readonly WorkerBundle[] {
	const request: BundlerRequest = { entries, options };
	const output = execFileSync(process.execPath, [program], {
		input: JSON.stringify(request),
		encoding: "utf8",
		maxBuffer: answerBytesMax,
		env: { GOGC: garbagePercent, ...process.env },
		stdio: ["pipe", "pipe", "inherit"],
	});
	const answer = JSON.parse(output) as BundlerAnswer;
	if ("bundles" in answer) return answer.bundles;
	throw new MillraceError("configuration-invalid", answer.failure.message, { details: answer.failure.details });
}
