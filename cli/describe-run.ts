/** A run in words, for people. */
import { JOB_UNKNOWN } from "../shared/client/run-to-view.ts";
import { safeBlock, safeLine } from "../shared/kernel/safe-text.ts";
import type { RunView } from "../shared/wire/run-view.ts";
import { safeJson } from "./terminal-text.ts";

/** Several lines: what there is to know of one run. */
export function describeRun(view: RunView): string {
	if (view.state === "PENDING") {
		return `${safeLine(view.id)}  PENDING\n  not started, or unknown, or over for more than 24 h`;
	}
	const facts: [string, string][] = [
		["job", view.job === JOB_UNKNOWN ? unknownJobWords(view) : view.job],
		...(view.tenant === undefined ? [] : [["tenant", view.tenant] satisfies [string, string]]),
		["attempts", attemptWords(view)],
		...(view.legs === undefined ? [] : [["legs", `${view.legs} in the latest attempt`] satisfies [string, string]]),
		...timeFacts(view),
		...stateFacts(view),
	];
	const lines = facts.map(([name, value]) => `  ${name.padEnd(9)} ${indent(safeBlock(value))}`);
	return [`${safeLine(view.id)}  ${view.state}`, ...lines].join("\n");
}

type Recorded = Exclude<RunView, { state: "PENDING" }>;

const unknownJobWords = ({ generation }: Recorded): string =>
	generation === 0 ? "(not known: its message told none)" : "(not known: no worker had seen its message)";

/** `3`; `1 since it was redriven`; `none`. */
function attemptWords({ attempts, generation }: Recorded): string {
	if (generation === 0) return "none: its message was refused before it could begin";
	if (attempts === 0) return "none";
	if (generation === 1) return String(attempts);
	return `${attempts} since ${generation === 2 ? "it was redriven" : `the latest of ${generation - 1} redrives`}`;
}

/** Where nothing was attempted nothing started either. */
function timeFacts(view: Recorded): [string, string][] {
	const again = view.attempts > 1 || view.generation > 1;
	const took = (durationMs: number): string => ` after ${formatMs(durationMs)}${again ? " of its latest attempt" : ""}`;
	return [
		...(view.attempts === 0
			? []
			: [
					["started", again ? `${view.created_at}, latest attempt ${view.started_at}` : view.started_at] satisfies [
						string,
						string,
					],
				]),
		...("ended_at" in view
			? [["ended", `${view.ended_at}${view.attempts === 0 ? "" : took(view.duration_ms)}`] satisfies [string, string]]
			: []),
	];
}

function stateFacts(view: Recorded): [string, string][] {
	switch (view.state) {
		case "STARTED":
			return [];
		case "PROGRESS":
			return [["progress", progressWords(view.meta)]];
		case "SUCCESS":
			return [
				...(view.cached_from === undefined
					? []
					: [["cached", `the result of ${view.cached_from}`] satisfies [string, string]]),
				view.result_ref === undefined
					? ["result", safeJson(view.result, 2)]
					: ["result", `${view.result_ref.bytes} bytes; read it with \`millrace result ${view.id}\``],
			];
		case "RETRY":
			return [
				["error", errorWords(view.meta)],
				["retries", retryWords(view.meta)],
				["goes on", view.meta.next_attempt_at],
			];
		case "FAILURE":
			return [
				["reason", view.reason],
				["error", errorWords(view.meta)],
				["retries", retryWords(view.meta)],
			];
		case "REVOKED":
		case "SKIPPED":
			return [["reason", view.meta.reason]];
	}
}

type Failure = Extract<RunView, { state: "FAILURE" }>["meta"];
const errorWords = (meta: Failure): string => `${meta.exc_type} (${meta.error_class}): ${meta.exc_message}`;
const retryWords = (meta: Failure): string => `${meta.retry_count} of ${meta.max_retries}`;

export type ProgressMeta = Extract<RunView, { state: "PROGRESS" }>["meta"];

/** `75% Checking thresholds: Processing anomaly detection...` */
export function progressWords(meta: ProgressMeta): string {
	const percent = meta.progress === undefined ? [] : [`${Math.round(meta.progress)}%`];
	const steps =
		meta.step === undefined ? [] : [`step ${meta.step}${meta.total === undefined ? "" : ` of ${meta.total}`}`];
	const words = [meta.stage, meta.current_step, meta.status].filter((word) => word !== undefined);
	return [...percent, ...steps, words.join(": ")].filter((part) => part !== "").join("  ");
}

export function formatMs(durationMs: number): string {
	if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
	if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
	return `${Math.floor(durationMs / 60_000)} min ${Math.round((durationMs % 60_000) / 1_000)} s`;
}

const indent = (block: string): string => block.split("\n").join(`\n${" ".repeat(12)}`);
