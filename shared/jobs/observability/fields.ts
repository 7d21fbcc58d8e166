/** Fields that several jobs of the family share. Ids are whole positive numbers, as in Watcher's tables; instants are ISO 8601. */
import * as z from "zod/mini";
import { parseIso } from "../../job/index.ts";

export const pipelineId = z.int().check(z.positive(), z.describe("The pipeline's id."));
export const executionId = z
	.int()
	.check(z.positive(), z.describe("The id of a pipeline execution, unique over all pipelines."));
export const addressId = z
	.int()
	.check(z.positive(), z.describe("The id of an address: a table, file or topic that data flows through."));
export const count = z.int().check(z.gte(0));

export const instant = z.string().check(
	z.maxLength(64),
	z.refine((text) => parseIso(text) !== undefined, "must be an ISO 8601 instant such as 2026-11-20T09:00:00Z"),
	z.describe("ISO 8601; a text without offset is UTC."),
);

export const tableName = z
	.string()
	.check(z.minLength(1), z.maxLength(255), z.describe('A table\'s name: "warehouse.orders".'));

/** 1 minute to 1 year. */
export const minutes = z.number().check(z.gte(1), z.lte(525_600));

/** Which kinds of change to a table are watched apart from each other. */
export const changeKinds = ["insert", "update", "soft-delete"] as const;
export type ChangeKind = (typeof changeKinds)[number];
export const changeKind = z.enum(changeKinds);
