/** After `cdk destroy`: of all that was deployed, only what the templates say to retain is left. */
import assert from "node:assert/strict";
import type { Account } from "./account.ts";
import type { Report } from "./report.ts";

/** Lambda itself makes these when CDK's own helper functions first log; on AWS they stay behind too. */
const helperLogGroup = /^log group \/aws\/lambda\/\w+-Custom/;

export async function checkLeftovers(
	{ check }: Report,
	account: Account,
	before: ReadonlySet<string>,
	/** By name. */
	retained: readonly string[],
): Promise<void> {
	await check("nothing is left but what the templates retain", async () => {
		const left = [...(await account.list())].filter((name) => !before.has(name) && !helperLogGroup.test(name));
		const names = left.map((entry) => ({ entry, id: entry.replace(/^(log group|schedule group|HTTP API|\S+) /, "") }));
		assert.deepEqual(
			names.filter(({ id }) => !retained.includes(id)).map(({ entry }) => entry),
			[],
			"left and not retained",
		);
		const found = new Set(names.map(({ id }) => id));
		assert.deepEqual(
			retained.filter((id) => !found.has(id)),
			[],
			"retained and gone",
		);
		return `${left.length} retained: ${left.map((name) => name.slice(0, 50)).join(", ")}`;
	});
}
