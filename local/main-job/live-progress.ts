/** How far the main job is, from the local stack's own events: in place on a terminal, elsewhere a plain line now and then. */
import type { LocalEvent } from "../local-event.ts";
import type { Outstanding } from "../run-functions.ts";

export interface LiveProgress {
	onEvent(event: LocalEvent): void;
	/** Executions that need not be sent. */
	onEarlier(count: number): void;
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
/** When nothing has moved for so long, what is waited for is said. */
const STILL_MS = 5_000;
const PLAIN_WAIT_EVERY_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
const BAR_COLUMNS = 24;
const RECORD = "pipeline_execution_record_task";
const CHECK = "detect_anomalies_task";

/**
 * It keeps a timer until `end`.
 * @param executions how many are to be recorded, and then checked.
 */
export function createLiveProgress(
	executions: number,
	output: ProgressOutput,
	source: { readonly outstanding: () => Outstanding; readonly now?: () => number },
): LiveProgress {
	const { outstanding, now = Date.now } = source;
	const startedAt = now();
	const performed = new Map([
		[RECORD, 0],
		[CHECK, 0],
	]);
	let sent = 0;
	/** Executions whose record an earlier start has performed: acknowledged, and their checks were enqueued then. */
	let before = 0;
	let shownAt = startedAt;
	let movedAt = startedAt;
	let waitShownAt = Number.NEGATIVE_INFINITY;

	function line(): string {
		const [recorded = 0, checked = 0] = performed.values();
		const share = executions === 0 ? 1 : Math.min(1, (recorded + checked + 2 * before) / (2 * executions));
		const filled = Math.round(share * BAR_COLUMNS);
		const bar = `${"█".repeat(filled)}${"░".repeat(BAR_COLUMNS - filled)}`;
		const perSecond = Math.round(((recorded + checked) * 1000) / Math.max(1, now() - startedAt));
		return `${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${sent} of ${executions} sent, ${recorded} recorded, ${checked} checked, ${before === 0 ? "" : `${before} by an earlier start, `}${perSecond} runs/s`;
	}

	function show(): void {
		if (now() - shownAt < (output.isTty ? TTY_EVERY_MS : PLAIN_EVERY_MS)) return;
		shownAt = now();
		write(line());
	}

	function write(text: string): void {
		output.write(output.isTty ? `\r\u001b[2K${text.slice(0, output.columns - 1)}` : `${text}\n`);
	}

	function moved(): void {
		movedAt = now();
		waitShownAt = Number.NEGATIVE_INFINITY;
		show();
	}

	function look(): void {
		if (now() - movedAt < STILL_MS) return;
		if (now() - waitShownAt < (output.isTty ? LOOK_EVERY_MS : PLAIN_WAIT_EVERY_MS)) return;
		const text = describeWait(outstanding(), now());
		if (text === undefined) return;
		waitShownAt = now();
		write(`waiting for ${text}`);
	}

	const timer = setInterval(look, LOOK_EVERY_MS);
	timer.unref();

	function add(job: string, more: number): void {
		performed.set(job, Math.min(executions, (performed.get(job) ?? 0) + more));
	}

	function count(metric: Readonly<Record<string, unknown>>): void {
		const job = String(metric["job"]);
		if (job !== RECORD && job !== CHECK) return;
		add(job, sumOf(metric["RunsSucceeded"]));
		if (job === RECORD) before = Math.min(executions, before + sumOf(metric["DuplicatesAcknowledged"]));
	}

	return {
		onEvent(event) {
			if (event.type !== "metric") return;
			count(event.metric);
			moved();
		},
		onEarlier(count) {
			before = count;
			moved();
		},
		onSent(total) {
			sent = total;
			moved();
		},
		end() {
			clearInterval(timer);
			output.write(output.isTty ? "\r\u001b[2K" : `${line()}\n`);
		},
	};
}

/** `undefined` when nothing waits: then something computes, or is asked for. */
export function describeWait({ inFlight, delayed, untilMs }: Outstanding, nowMs: number): string | undefined {
	const parts = [
		...(inFlight === 0 ? [] : [`${inFlight} message${inFlight === 1 ? "" : "s"} in flight`]),
		...(delayed === 0 ? [] : [`${delayed} delayed`]),
	];
	if (parts.length === 0) return undefined;
	return `${parts.join(" and ")}, back after at most ${Math.max(0, Math.ceil((untilMs - nowMs) / 1000))} s`;
}

/** An EMF metric is one number or a list of them. */
export const sumOf = (value: unknown): number =>
	[value].flat().reduce<number>((sum, entry) => sum + (typeof entry === "number" ? entry : 0), 0);
