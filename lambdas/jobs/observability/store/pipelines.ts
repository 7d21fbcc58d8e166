/** What is expected of each pipeline. One that was never registered has the anomaly defaults and nothing else is expected of it. */
import type { EpochMs } from "../../../../shared/job/index.ts";
import { epochMs } from "../../../../shared/job/index.ts";
import { type AnomalySettings, anomalySettingsSchema } from "../../../../shared/jobs/observability/anomaly.ts";
import {
	type TimelinessSettings,
	timelinessSettingsSchema,
} from "../../../../shared/jobs/observability/pipeline-register-task.ts";
import { readNumber, readOptionalText, readText } from "./attributes.ts";
import { pipelineKey } from "./keys.ts";
import type { Item, Table } from "./table.ts";

export interface Pipeline {
	readonly pipeline: number;
	readonly name?: string;
	/** When it was first registered: from then on it is expected to run. */
	readonly registeredAt: EpochMs;
	readonly anomaly: AnomalySettings;
	readonly timeliness: TimelinessSettings;
	/** Names of the tables whose freshness was registered with it. */
	readonly tables: readonly string[];
}

export const defaultAnomalySettings: AnomalySettings = anomalySettingsSchema.parse({});

export function createPipelineStore(table: Table) {
	return {
		/** `undefined` for a pipeline that was never registered. */
		async find(pipeline: number): Promise<Pipeline | undefined> {
			const [item] = await table.getMany([pipelineKey(pipeline)]);
			return item && toPipeline(item);
		},
		async list(): Promise<readonly Pipeline[]> {
			return (await table.query({ pk: pipelineKey(0).pk })).map(toPipeline);
		},
		async save(pipeline: Pipeline): Promise<void> {
			await table.put({
				...pipelineKey(pipeline.pipeline),
				id: pipeline.pipeline,
				...(pipeline.name === undefined ? {} : { name: pipeline.name }),
				since: pipeline.registeredAt,
				anomaly: JSON.stringify(pipeline.anomaly),
				timeliness: JSON.stringify(pipeline.timeliness),
				tables: JSON.stringify(pipeline.tables),
			});
		},
	};
}

export function toPipeline(item: Item): Pipeline {
	const name = readOptionalText(item, "name");
	return {
		pipeline: readNumber(item, "id"),
		...(name === undefined ? {} : { name }),
		registeredAt: epochMs(readNumber(item, "since")),
		// Settings of an older version get the defaults of what it did not know.
		anomaly: anomalySettingsSchema.parse(JSON.parse(readText(item, "anomaly"))),
		timeliness: timelinessSettingsSchema.parse(JSON.parse(readText(item, "timeliness"))),
		tables: JSON.parse(readText(item, "tables")),
	};
}
