import { describe, expect, it } from "vitest";
import { readSweepEvent } from "../../lambdas/sweeper/sweep-event.ts";
import { runId } from "../../shared/kernel/ids.ts";
import { cliWorld } from "../support/cli-world.ts";
import { nineOClock } from "../support/client-world.ts";
import { started } from "../support/run-records.ts";

/** A run that performs since nine and ten seconds, seen at noon; the queue of its class holds messages. */
function noon() {
	const world = cliWorld();
	world.records.set("r-1", started({ job: "send_invoice" }));
	world.listed = [{ id: runId("r-1"), job: "send_invoice", firstStartedAt: nineOClock }];
	world.nowMs = nineOClock + 3 * 3_600_000;
	return world;
}

describe("millrace sweep", () => {
	it("tells what it found and did, and why it left what it left", async () => {
		const { code, out } = await noon().run("sweep", "--dry-run");
		expect(code).toBe(0);
		expect(out.split("\n")[0]).toBe("looked at 1 runs, found 1 (a dry run: nothing was done)");
		expect(out.split("\n")[2]).toMatch(
			/^2026-11-20T09:01:10.000Z {2}r-1 {2}send_invoice {2}STARTED +1 {2}left +the queue of quick holds 6 messages$/,
		);
	});

	it("prints one JSON document with --json", async () => {
		const { json } = await noon().run("sweep", "--json");
		expect(json).toMatchObject({
			dryRun: false,
			looked: 1,
			counts: { suspected: 0, skipped: 0, revoked: 0, "sent-again": 0, left: 1 },
			findings: [{ runId: "r-1", state: "STARTED", since: "2026-11-20T09:01:10.000Z", action: "left" }],
			complete: true,
			behindSeconds: 0,
		});
	});
});

describe("the sweeper's event", () => {
	const address = { table: "t", bucket: "b", queues: { q: { url: "u", deadLetterUrl: "d", mapping: "m" } } };

	it("is the platform's address and the class of each job", () => {
		expect(readSweepEvent({ address, jobs: { j: "q" } })).toEqual({ address, jobs: { j: "q" } });
	});

	it("is refused when it is anything else, with what to do", () => {
		expect(() => readSweepEvent({ source: "aws.scheduler" })).toThrowError(
			/must be called by its schedule.*`millrace sweep`/s,
		);
	});
});
