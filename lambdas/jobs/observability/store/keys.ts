/** How keys are spelled. Numbers are padded so that their order as text is their order as numbers. */

/** 16 digits hold every safe integer. */
const padded = (id: number): string => String(id).padStart(16, "0");
/** 13 digits hold every instant until the year 2286. */
const instant = (ms: number): string => String(ms).padStart(13, "0");

/** Where an execution belongs, by its own id. */
export const executionKey = (execution: number) => ({ pk: `X#${execution}`, sk: "EXECUTION" });

/** A pipeline's finished executions by their end; `~` sorts after every digit. */
export const finishedPartition = (pipeline: number): string => `P#${pipeline}`;
export const finishedSort = (endedAt: number, execution: number): string =>
	`E#${instant(endedAt)}#${padded(execution)}`;
export function parseFinishedSort(sort: string): { readonly endedAt: number; readonly execution: number } {
	const [, endedAt, execution] = sort.split("#");
	return { endedAt: Number(endedAt), execution: Number(execution) };
}
export const finishedFrom = (endedAt: number): string => `E#${instant(endedAt)}`;
export const finishedTo = (endedAt: number): string => `E#${instant(endedAt)}~`;
export const finishedFirst = "E#";
export const finishedLast = "E#~";

/** A pipeline's anomalies, by the end of the execution. */
export const anomalySort = (endedAt: number, execution: number): string => `A#${instant(endedAt)}#${padded(execution)}`;
export const anomalyFrom = (endedAt: number): string => `A#${instant(endedAt)}`;
export const anomalyTo = (endedAt: number): string => `A#${instant(endedAt)}~`;

/** One partition each, since a check reads all of it: a partition takes 1,000 writes a second, far above what these see. */
export const pipelineKey = (pipeline: number) => ({ pk: "PIPELINES", sk: padded(pipeline) });
export const runningKey = (pipeline: number, execution: number) => ({
	pk: "RUNNING",
	sk: `${padded(pipeline)}#${padded(execution)}`,
});
export const tableKey = (table: string) => ({ pk: "TABLES", sk: table });
export const alertPartition = (check: string): string => `ALERTS#${check}`;
