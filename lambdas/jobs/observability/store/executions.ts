/**
 * Executions: where each belongs, by its own id; a pipeline's finished ones in the order of their ends; and those that still run.
 *
 * States of an execution:  (unknown) → running → success | failure | cancelled        (unknown) → success | failure | cancelled
 * Pipeline and start never change, nor does an end once it is recorded; of a repeated end the metrics take the place of those before,
 * which later checks then compare with.
 * The three rows are written one after the other; a crash in between is mended by the retry, which repeats them all.
 */
import { type EpochMs, epochMs, JobError, toIso } from "../../../../shared/job/index.ts";
import type { ExecutionStatus } from "../../../../shared/jobs/observability/pipeline-execution-record-task.ts";
import { readNumber, readOptionalNumber, readOptionalText, readText } from "./attributes.ts";
import {
	executionKey,
	finishedFirst,
	finishedFrom,
	finishedLast,
	finishedPartition,
	finishedSort,
	finishedTo,
	parseFinishedSort,
	pipelineKey,
	runningKey,
} from "./keys.ts";
import { type Pipeline, toPipeline } from "./pipelines.ts";
import type { Item, Table } from "./table.ts";

export type FinishedStatus = Exclude<ExecutionStatus, "running">;
export type Metrics = Readonly<Record<string, number>>;

interface ExecutionBase {
	readonly execution: number;
	readonly pipeline: number;
	readonly startedAt: EpochMs;
}
export type RunningExecution = ExecutionBase & { readonly status: "running" };
export type FinishedExecution = ExecutionBase & {
	readonly status: FinishedStatus;
	readonly endedAt: EpochMs;
	readonly metrics: Metrics;
};
/** Where an execution belongs: without its metrics. */
export type ExecutionRecord =
	| RunningExecution
	| (ExecutionBase & { readonly status: FinishedStatus; readonly endedAt: EpochMs });

/** A finished execution as it stands in its pipeline's history, with the number of anomalies that its latest check found. */
export type HistoryEntry = FinishedExecution & { readonly anomalyCount: number };

/** More pages than this are not read for one history, so that a pipeline that only fails can't make a check endless. */
const HISTORY_PAGES_MAX = 5;

export function createExecutionStore(table: Table) {
	const find = async (execution: number): Promise<ExecutionRecord | undefined> => {
		const [item] = await table.getMany([executionKey(execution)]);
		return item && toRecord(item);
	};

	/** Brings the row by id to `running` or to its end. Returns what was there before. */
	async function place(entry: RunningExecution | FinishedExecution): Promise<ExecutionRecord | undefined> {
		const item = {
			...executionKey(entry.execution),
			id: entry.execution,
			pipeline: entry.pipeline,
			started: entry.startedAt,
			status: entry.status,
			...(entry.status === "running" ? {} : { ended: entry.endedAt }),
		};
		if (await table.put(item, { kind: "absent" })) return undefined;
		const known = await find(entry.execution);
		if (known === undefined)
			throw new JobError("database", `Execution ${entry.execution} vanished while it was recorded.`);
		refuseContradiction(known, entry);
		// Refused when another message ended it meanwhile: then the next attempt compares with that.
		if (known.status === "running" && entry.status !== "running") {
			const ended = await table.put(item, { kind: "equals", attribute: "status", value: "running" });
			if (!ended) throw new JobError("database", `Execution ${entry.execution} was ended by another message just now.`);
		}
		return known;
	}

	return {
		find,
		/** The execution and its pipeline's settings, in one request. */
		async findWithPipeline(
			execution: number,
			pipeline: number,
		): Promise<{ readonly record: ExecutionRecord | undefined; readonly pipeline: Pipeline | undefined }> {
			const [record, settings] = await table.getMany([executionKey(execution), pipelineKey(pipeline)]);
			return { record: record && toRecord(record), pipeline: settings && toPipeline(settings) };
		},
		/** Records it, any number of times. @throws JobError `validation`, final, when it contradicts what was recorded before. */
		async record(entry: RunningExecution | FinishedExecution): Promise<void> {
			const known = await place(entry);
			if (entry.status === "running") {
				if (known === undefined || known.status === "running") {
					await table.put({
						...runningKey(entry.pipeline, entry.execution),
						id: entry.execution,
						pipeline: entry.pipeline,
						started: entry.startedAt,
					});
				}
				return;
			}
			await table.set(
				{ pk: finishedPartition(entry.pipeline), sk: finishedSort(entry.endedAt, entry.execution) },
				toHistoryAttributes(entry),
			);
			if (known !== undefined) await table.writeMany({ deletes: [runningKey(entry.pipeline, entry.execution)] });
		},
		/** The execution itself, if its row is there, and up to `window` earlier successful ones, the latest first. */
		async history(
			record: ExecutionBase & { readonly endedAt: EpochMs },
			window: number,
		): Promise<{ readonly own: HistoryEntry | undefined; readonly earlier: readonly HistoryEntry[] }> {
			const pk = finishedPartition(record.pipeline);
			const ownSort = finishedSort(record.endedAt, record.execution);
			let own: HistoryEntry | undefined;
			const earlier: HistoryEntry[] = [];
			let to = ownSort;
			for (let page = 0; page < HISTORY_PAGES_MAX && earlier.length < window; page++) {
				const limit = window + 1;
				const items = await table.query({ pk, from: finishedFirst, to, descending: true, limit });
				for (const item of items) {
					if (item.sk === ownSort) own = toHistoryEntry(item, record.pipeline);
					else if (item["s"] === undefined && earlier.length < window && (page === 0 || item.sk !== to)) {
						earlier.push(toHistoryEntry(item, record.pipeline));
					}
				}
				const last = items.at(-1);
				if (items.length < limit || last === undefined) break;
				to = last.sk;
			}
			return { own, earlier };
		},
		async setAnomalyCount(entry: HistoryEntry, anomalyCount: number): Promise<void> {
			await table.set(
				{ pk: finishedPartition(entry.pipeline), sk: finishedSort(entry.endedAt, entry.execution) },
				{ n: anomalyCount },
			);
		},
		/** Those that ended between the two instants, both included; the earliest first. */
		async finishedBetween(pipeline: number, from: EpochMs, to: EpochMs): Promise<readonly HistoryEntry[]> {
			const items = await table.query({
				pk: finishedPartition(pipeline),
				from: finishedFrom(from),
				to: finishedTo(to),
			});
			return items.map((item) => toHistoryEntry(item, pipeline));
		},
		/** @param until Of those that ended then at the latest. Default: of all, which may be said to end in the future. */
		async lastFinished(pipeline: number, until?: EpochMs): Promise<HistoryEntry | undefined> {
			const to = until === undefined ? finishedLast : finishedTo(until);
			const range = { pk: finishedPartition(pipeline), from: finishedFirst, to };
			const [item] = await table.query({ ...range, descending: true, limit: 1 });
			return item && toHistoryEntry(item, pipeline);
		},
		/**
		 * Executions that have begun and not ended. A row can outlive its execution's end when the two messages cross;
		 * such rows are removed here.
		 */
		async running(): Promise<readonly RunningExecution[]> {
			const items = await table.query({ pk: runningKey(0, 0).pk });
			const records = await table.getMany(items.map((item) => executionKey(readNumber(item, "id"))));
			const over = items.filter((_, index) => records[index]?.["status"] !== "running");
			if (over.length > 0) await table.writeMany({ deletes: over });
			return items
				.filter((item) => !over.includes(item))
				.map((item) => ({
					execution: readNumber(item, "id"),
					pipeline: readNumber(item, "pipeline"),
					startedAt: epochMs(readNumber(item, "started")),
					status: "running",
				}));
		},
	};
}

function refuseContradiction(known: ExecutionRecord, entry: RunningExecution | FinishedExecution): void {
	const refuse = (fact: string, before: string | number, now: string | number): never => {
		throw new JobError(
			"validation",
			`Execution ${entry.execution} was recorded before with ${fact} ${before}; got ${now}. Execution ids are unique over all pipelines, and an end is recorded once.`,
		);
	};
	if (known.pipeline !== entry.pipeline) refuse("pipeline", known.pipeline, entry.pipeline);
	if (known.startedAt !== entry.startedAt) refuse("started_at", toIso(known.startedAt), toIso(entry.startedAt));
	// A late "running" after the end is no contradiction: messages overtake each other.
	if (known.status === "running" || entry.status === "running") return;
	if (known.endedAt !== entry.endedAt) refuse("ended_at", toIso(known.endedAt), toIso(entry.endedAt));
	if (known.status !== entry.status) refuse("status", known.status, entry.status);
}

function toStatus(item: Item): ExecutionStatus {
	const text = readText(item, "status");
	return text === "running" || text === "success" || text === "failure" ? text : "cancelled";
}

function toRecord(item: Item): ExecutionRecord {
	const base = {
		execution: readNumber(item, "id"),
		pipeline: readNumber(item, "pipeline"),
		startedAt: epochMs(readNumber(item, "started")),
	};
	const status = toStatus(item);
	return status === "running" ? { ...base, status } : { ...base, status, endedAt: epochMs(readNumber(item, "ended")) };
}

/**
 * A history row is kept as small as it can be, with one-letter names, since a check reads a hundred of them: half the time of the check
 * (measured). `b`: start; `m`: metrics as JSON; `s`: status, absent for success; `n`: anomalies found. The rest stands in the sort key.
 */
function toHistoryAttributes(entry: FinishedExecution): Readonly<Record<string, string | number>> {
	return {
		b: entry.startedAt,
		m: JSON.stringify(entry.metrics),
		...(entry.status === "success" ? {} : { s: entry.status }),
	};
}

function toHistoryEntry(item: Item, pipeline: number): HistoryEntry {
	const { endedAt, execution } = parseFinishedSort(item.sk);
	const status = readOptionalText(item, "s") ?? "success";
	return {
		execution,
		pipeline,
		startedAt: epochMs(readNumber(item, "b")),
		endedAt: epochMs(endedAt),
		status: status === "success" || status === "failure" ? status : "cancelled",
		metrics: JSON.parse(readText(item, "m")),
		anomalyCount: readOptionalNumber(item, "n") ?? 0,
	};
}
