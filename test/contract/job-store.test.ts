/**
 * The job-store contract on memory and on every DynamoDB this machine has. A lone write goes as a single request there, several as
 * statements of one; so where statements are known, each case runs both ways.
 */
import { describe, it } from "vitest";
import type { DynamoDb } from "../../shared/aws/dynamo-db.ts";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { fence, runId } from "../../shared/kernel/ids.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { createRunsTable, dynamoDbKinds, runsTableClient, workerDynamoDb } from "../support/emulators.ts";
import { createMemoryJobStore } from "../support/memory-job-store.ts";
import { attempt, failure, later, settleOf } from "./job-store/cases.ts";
import { describeJobStore } from "./job-store.contract.ts";

describeJobStore("memory", async () => ({
	open: async (clock) => createMemoryJobStore(clock),
	stop: async () => {},
}));

/** The same store, but no write is ever alone: each call carries one more, which is refused and leaves no trace. */
function inCompany(store: JobStore): JobStore {
	const nobody = attempt("nobody", { attempts: 2 });
	return {
		...store,
		async claimMany(claims) {
			const expect = { kind: "retry", generation: 1, attempts: 1 } as const;
			return (await store.claimMany([...claims, { record: nobody, expect }])).slice(0, claims.length);
		},
		async settleMany(settles) {
			return (await store.settleMany([...settles, settleOf(nobody, failure)])).slice(0, settles.length);
		},
		async beatMany(beats) {
			const stranger = { id: runId("nobody"), fence: fence("none"), leaseUntil: later(0) };
			return (await store.beatMany([...beats, stranger])).slice(0, beats.length);
		},
	};
}

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`job store on ${name}`, () => {
			it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		});
		continue;
	}
	const run = (
		title: string,
		wrap: (store: JobStore) => JobStore,
		connect: (endpoint: string) => DynamoDb = runsTableClient,
	): void =>
		describeJobStore(title, async () => {
			const emulator = await start();
			const creator = runsTableClient(emulator.endpoint);
			const client = connect(emulator.endpoint);
			return {
				open: async (clock) => wrap(createDynamoJobStore({ client, tableName: await createRunsTable(creator), clock })),
				async stop() {
					creator.destroy();
					await emulator.stop();
				},
			};
		});
	run(name, (store) => store);
	run(`${name}, with a worker's client`, (store) => store, workerDynamoDb);
	if (name === "dynalite") continue;
	run(`${name}, in batches`, inCompany);
	run(`${name}, in batches with a worker's client`, inCompany, workerDynamoDb);
}
