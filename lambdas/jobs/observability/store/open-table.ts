/** The table of a function, from its environment. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type EpochMs, epochMs } from "../../../../shared/job/index.ts";
import { MillraceError } from "../../../../shared/kernel/errors.ts";
import { createDynamoTable } from "./dynamo-table.ts";
import type { Table } from "./table.ts";

/** @throws MillraceError `configuration-invalid` when OBSERVABILITY_TABLE is not set. */
export function openTable(environment: Readonly<Record<string, string | undefined>>): Table {
	const tableName = environment["OBSERVABILITY_TABLE"];
	if (tableName === undefined || tableName === "") {
		throw new MillraceError(
			"configuration-invalid",
			"OBSERVABILITY_TABLE must name the table of the observability jobs; it is not set. The stack sets it on the functions that need it.",
		);
	}
	return createDynamoTable(new DynamoDBClient({}), tableName);
}

export const systemNow = (): EpochMs => epochMs(Date.now());
