/** How far the main job is, from the local stack's own events: in place on a terminal, elsewhere a plain line now and then. */
import type { LocalEvent } from "../local-event.ts";

export interface LiveProgress {
	onEvent(event: LocalEvent): void;
	onSent(count: number): void;
	/** Takes the line away, or writes the last plain one. */
	end(): void;
}

export interface ProgressOutput {
	/** One line, with its end. */
	write(text: string): void;
	readonly isTty: boolean;
	readonly columns: number;
}

const TTY_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5_000;
const BAR_COLUMNS = 24;
const RECORD = "pipeline_execution_record_task";
const CHECK = "detect_anomalies_task";

/** @param executions how many are to be recorded, and then checked. */
export function createLiveProgress(
	executions: number,
	output: ProgressOutput,
	now: () => number = Date.now,
): LiveProgress {
	const startedAt = now();
	const performed = new Map([
		[RECORD, 0],
		[CHECK, 0],
	]);
	let sent = 0;
	let anomalies = 0;
	let shownAt = startedAt;

	function line(): string {
		const [recorded = 0, checked = 0] = performed.values();
		const share = executions === 0 ? 1 : Math.min(1, (recorded + checked) / (2 * executions));
		const filled = Math.round(share * BAR_COLUMNS);
		const bar = `${"█".repeat(filled)}${"░".repeat(BAR_COLUMNS - filled)}`;
		const perSecond = Math.round(((recorded + checked) * 1000) / Math.max(1, now() - startedAt));
		return `${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${sent} of ${executions} sent, ${recorded} recorded, ${checked} checked, ${anomalies} anomalous, ${perSecond} runs/s`;
	}

	function show(): void {
		if (now() - shownAt < (output.isTty ? TTY_EVERY_MS : PLAIN_EVERY_MS)) return;
		shownAt = now();
		output.write(output.isTty ? `\r\u001b[2K${line().slice(0, output.columns - 1)}` : `${line()}\n`);
	}

	function add(job: string, more: number): void {
		performed.set(job, Math.min(executions, (performed.get(job) ?? 0) + more));
	}

	function count(metric: Readonly<Record<string, unknown>>): void {
		const job = String(metric["job"]);
		if (job !== RECORD && job !== CHECK) return;
		add(job, sumOf(metric["RunsSucceeded"]));
		// What an earlier start has performed is acknowledged, and its check was enqueued then.
		const earlier = sumOf(metric["DuplicatesAcknowledged"]);
		if (job === RECORD) {
			add(RECORD, earlier);
			add(CHECK, earlier);
		}
	}

	return {
		onEvent(event) {
			if (event.type === "metric") count(event.metric);
			else if (event.type === "log" && event.line.includes('"Anomalies found"')) anomalies++;
			else return;
			show();
		},
		onSent(total) {
			sent = total;
			show();
		},
		end() {
			output.write(output.isTty ? "\r\u001b[2K" : `${line()}\n`);
		},
	};
}

/** An EMF metric is one number or a list of them. */
const sumOf = (value: unknown): number =>
	[value].flat().reduce<number>((sum, entry) => sum + (typeof entry === "number" ? entry : 0), 0);
