import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { clientWorld, nightly, sendInvoice } from "../support/client-world.ts";
import {
	connectionTimeout,
	settled,
	started,
	succeeded,
	tenPastNine,
	twelveSecondsOn,
} from "../support/run-records.ts";

describe("status", () => {
	it("answers many in the order asked, unknown and repeated ids included", async () => {
		const { client, records } = clientWorld();
		records.set("r-1", started());
		const views = await client.statusMany(["nobody", "r-1", "nobody"]);
		expect(views.map((view) => [view.id, view.state])).toEqual([
			["nobody", "PENDING"],
			["r-1", "STARTED"],
			["nobody", "PENDING"],
		]);
		expect(await client.statusMany([])).toEqual([]);
	});

	it.each(["", "a b", "x".repeat(129), "../r-1"])("refuses %j, which is no run id", async (id) => {
		const { client } = clientWorld();
		await expect(client.status(id)).rejects.toMatchObject({ code: "message-invalid-field" });
	});
});

describe("result", () => {
	it("is read from the row, typed by the job", async () => {
		const { client, records } = clientWorld();
		records.set("r-1", succeeded('{"pages":2}'));
		const { pages } = await client.result(sendInvoice, "r-1");
		expect(pages).toBe(2);
		expect(await client.result("r-1")).toEqual({ pages: 2 });
	});

	it("is read from the bucket when it is large", async () => {
		const { client, records, blobs } = clientWorld();
		blobs.set("results/r-1/1.json", '{"pages":3}');
		records.set(
			"r-1",
			settled({
				state: "SUCCESS",
				endedAt: twelveSecondsOn,
				result: { kind: "blob", key: "results/r-1/1.json", bytes: 11 },
				followUps: [],
			}),
		);
		expect(await client.result("r-1")).toEqual({ pages: 3 });
		blobs.clear();
		await expect(client.result("r-1")).rejects.toMatchObject({ code: "result-missing" });
	});

	it.each<[string, RunRecord | undefined, string]>([
		["no row", undefined, "run-not-found"],
		["STARTED", started(), "run-not-finished"],
		[
			"RETRY",
			settled({ state: "RETRY", error: connectionTimeout, endedAt: twelveSecondsOn, nextAttemptAt: tenPastNine }),
			"run-not-finished",
		],
		[
			"FAILURE",
			settled({ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error: connectionTimeout }),
			"run-failed",
		],
		["SKIPPED", settled({ state: "SKIPPED", endedAt: twelveSecondsOn, reason: "nothing to do" }), "run-failed"],
	])("of a run with %s is a named error", async (_name, record, code) => {
		const { client, records } = clientWorld();
		if (record !== undefined) records.set("r-1", record);
		await expect(client.result("r-1")).rejects.toMatchObject({ code });
	});

	it("of another job is refused; of an alias it is taken", async () => {
		const { client, records } = clientWorld();
		records.set("r-1", succeeded("null", { job: "mail_invoice" }));
		await expect(client.result(nightly, "r-1")).rejects.toMatchObject({ code: "run-id-conflict" });
		await expect(client.result(sendInvoice, "r-1")).resolves.toBeNull();
	});
});

describe("wait", () => {
	it("asks soon, then less often, tells each change once, and ends with the run", async () => {
		const { client, records, sleeps, world } = clientWorld();
		const rows: readonly (RunRecord | undefined)[] = [
			undefined,
			started(),
			started(),
			{ ...started(), state: "PROGRESS", progress: { progress: 50 } },
			succeeded('{"pages":2}'),
		];
		world.meanwhile = () => {
			const row = rows[sleeps.length];
			if (row !== undefined) records.set("r-1", row);
		};
		const seen: string[] = [];
		const view = await client.wait("r-1", { onProgress: (change: RunView) => seen.push(change.state) });
		expect(view).toMatchObject({ state: "SUCCESS", result: { pages: 2 } });
		expect(seen).toEqual(["PENDING", "STARTED", "PROGRESS", "SUCCESS"]);
		expect(sleeps).toEqual([100, 150, 225, 337.5]);
	});

	it("never waits longer than two seconds at once, nor past its time", async () => {
		const { client, sleeps } = clientWorld();
		await expect(client.wait("r-1", { timeoutSeconds: 20 })).rejects.toMatchObject({
			code: "wait-timed-out",
			details: { view: { state: "PENDING" } },
		});
		expect(Math.max(...sleeps)).toBe(2000);
		expect(sleeps.reduce((sum, sleep) => sum + sleep, 0)).toBe(20_000);
	});

	it("asks once with a timeout of 0", async () => {
		const { client, sleeps, records } = clientWorld();
		await expect(client.wait("r-1", { timeoutSeconds: 0 })).rejects.toMatchObject({ code: "wait-timed-out" });
		records.set("r-1", succeeded("1"));
		await expect(client.wait("r-1", { timeoutSeconds: 0 })).resolves.toMatchObject({ state: "SUCCESS" });
		expect(sleeps).toEqual([]);
	});

	it("stops when its signal aborts", async () => {
		const { client, world } = clientWorld();
		const stop = new AbortController();
		world.meanwhile = () => stop.abort(new Error("enough"));
		await expect(client.wait("r-1", { signal: stop.signal })).rejects.toThrow("enough");
	});

	it("refuses a timeout that is no number", async () => {
		const { client } = clientWorld();
		await expect(client.wait("r-1", { timeoutSeconds: Number.NaN })).rejects.toMatchObject({
			code: "message-invalid-field",
		});
	});
});
