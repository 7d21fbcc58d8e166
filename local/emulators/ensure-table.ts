/** Makes a table of the template in the emulator, or finds it again; a kept table whose keys differ from the template's is refused. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { TablePlan } from "../assembly/read-table.ts";
import { asRecord, type DynamoDbCall, DynamoDbError } from "./dynamodb-call.ts";

function creation(plan: TablePlan): object {
	return {
		TableName: plan.name,
		AttributeDefinitions: plan.attributes,
		KeySchema: plan.keys,
		BillingMode: "PAY_PER_REQUEST",
		...(plan.globalIndexes.length === 0 ? {} : { GlobalSecondaryIndexes: plan.globalIndexes }),
		...(plan.localIndexes.length === 0 ? {} : { LocalSecondaryIndexes: plan.localIndexes }),
	};
}

async function describe(call: DynamoDbCall, name: string): Promise<Record<string, unknown> | undefined> {
	try {
		return asRecord((await call("DescribeTable", { TableName: name }))["Table"]);
	} catch (error) {
		if (error instanceof DynamoDbError && error.code === "ResourceNotFoundException") return undefined;
		throw error;
	}
}

/** Keys and index names as one text, whatever the order in which the emulator lists them. */
function shape(keys: unknown, indexes: unknown): string {
	const keyText = (value: unknown): string =>
		(Array.isArray(value) ? value : [])
			.map(asRecord)
			.map((key) => `${key["KeyType"]}=${key["AttributeName"]}`)
			.sort()
			.join(",");
	const indexTexts = (Array.isArray(indexes) ? indexes : [])
		.map(asRecord)
		.map((index) => `${index["IndexName"]}(${keyText(index["KeySchema"])})`)
		.sort();
	return [keyText(keys), ...indexTexts].join(" ");
}

export async function ensureTable(call: DynamoDbCall, plan: TablePlan): Promise<void> {
	const kept = await describe(call, plan.name);
	if (kept === undefined) {
		await call("CreateTable", creation(plan));
		await enableTimeToLive(call, plan);
		return;
	}
	const wanted = shape(plan.keys, plan.globalIndexes);
	const found = shape(kept["KeySchema"], kept["GlobalSecondaryIndexes"]);
	if (wanted !== found) {
		throw new MillraceError(
			"local-stack-failed",
			`The table ${plan.name} in the data folder has other keys or indexes (${found}) than the template (${wanted}). Use another data folder, or delete this one.`,
			{ details: { table: plan.name } },
		);
	}
}

/** So that DescribeTimeToLive answers as on AWS. The emulators delete nothing themselves, and dynalite does not know the operation. */
async function enableTimeToLive(call: DynamoDbCall, plan: TablePlan): Promise<void> {
	if (plan.ttlAttribute === undefined) return;
	try {
		await call("UpdateTimeToLive", {
			TableName: plan.name,
			TimeToLiveSpecification: { AttributeName: plan.ttlAttribute, Enabled: true },
		});
	} catch (error) {
		if (!(error instanceof DynamoDbError && error.code === "UnknownOperationException")) throw error;
	}
}
