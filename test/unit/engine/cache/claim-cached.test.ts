/** A claim that ends a run with an earlier result, over a row that stands there already. */
import { expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../../shared/catalogue/define-catalogue.ts";
import { type ClaimRequest, claimRun } from "../../../../shared/engine/claim-run.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../../../shared/job/index.ts";
import { fence, runId } from "../../../../shared/kernel/ids.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";
import type { Claim, RunRecord } from "../../../../shared/ports/job-store.ts";
import { connectionTimeout, settled, started } from "../../../support/run-records.ts";
import { createSeededRandom } from "../../../support/seeded-random.ts";

const nine = epochMs(Date.parse("2026-11-20T10:00:00Z"));
const hourAgo = epochMs(nine - 3_600_000);
const weekAgo = epochMs(nine - 7 * 86_400_000);
const retryOverdue = settled({ state: "RETRY", endedAt: hourAgo, nextAttemptAt: hourAgo, error: connectionTimeout });
const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const schema = { input: z.unknown(), output: z.unknown() };
const job = defineJob({ name: "send_invoice", description: "d", queueClass, ...schema, resultCache: { seconds: 60 } });
const catalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "office", queueClasses: [queueClass] })],
	jobs: [job],
});

async function claimOver(blocker: RunRecord, more: Partial<ClaimRequest> = {}) {
	const claims: Claim[] = [];
	const parts = { catalogue, clock: { now: () => nine, sleep: async () => {} }, random: createSeededRandom() };
	const { kind } = await claimRun(
		parts,
		async (claim) => {
			claims.push(claim);
			return claims.length === 1 ? { claimed: false, blocker } : { claimed: true, record: claim.record };
		},
		{
			job,
			runId: runId("r-1"),
			message: { v: 1, job: job.name, sentAt: nine },
			messageId: "m-2",
			queueClass: "quick",
			invocationEndsAt: epochMs(nine + 60_000),
			expired: false,
			cached: { from: runId("r-0"), result: { kind: "inline", json: "7" } },
			...more,
		},
	);
	return { kind, written: claims[1]?.record };
}

it.each([
	["whose worker was lost", started({ attempts: 1 })],
	["whose retry is overdue", retryOverdue],
	["whose next leg is overdue", settled({ state: "LEG", endedAt: hourAgo, nextLeg: 2 })],
	[
		"that the sweeper ended amid its attempts",
		settled({
			state: "SKIPPED",
			endedAt: hourAgo,
			reason: "lost",
			found: { state: "RETRY", since: hourAgo, seenAt: hourAgo },
		}),
	],
])("ends no run %s: it has begun", async (_, row) => {
	expect(await claimOver(row)).toEqual({ kind: "has-begun", written: undefined });
});

it("ends a run that was given back before it began", async () => {
	const { kind, written } = await claimOver(settled({ state: "LEG", endedAt: hourAgo, nextLeg: 1 }));
	expect(kind).toBe("ended");
	expect(written).toMatchObject({
		state: "SUCCESS",
		attempts: 0,
		result: { kind: "inline", json: "7" },
		followUps: [],
		cachedFrom: "r-0",
		endedAt: nine,
	});
});

it.each([
	[
		"that was revoked a day ago, and is another one of its name",
		settled({ state: "REVOKED", endedAt: weekAgo, reason: "r" }),
	],
	[
		"that gave way and is the latest now",
		settled({ state: "SKIPPED", endedAt: hourAgo, reason: "debounced_by: r-2" }, { attempts: 0 }),
	],
])("ends a run %s", async (_, row) => {
	const { kind, written } = await claimOver(row, { latest: true });
	expect(kind).toBe("ended");
	expect(written).toMatchObject({ state: "SUCCESS", generation: 2, attempts: 0, cachedFrom: "r-0" });
});

it("ends no run as SUCCESS that was told to stop before it performed", async () => {
	const waiting = settled({ state: "LEG", endedAt: nine, nextLeg: 1 });
	const { written } = await claimOver({ ...waiting, revoke: "no longer wanted", settledBy: fence("f") });
	expect(written).toMatchObject({ state: "REVOKED", reason: "no longer wanted" });
});
