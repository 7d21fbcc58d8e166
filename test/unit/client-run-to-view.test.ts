import { describe, expect, it } from "vitest";
import { runToView } from "../../shared/client/run-to-view.ts";
import { runId } from "../../shared/kernel/ids.ts";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import { runViewSchema } from "../../shared/wire/run-view.ts";
import { connectionTimeout, settled, started, tenPastNine, twelveSecondsOn } from "../support/run-records.ts";

/** The view, after its own published schema has taken it. */
function viewOf(record: RunRecord | undefined) {
	const view = runToView(runId("r-1"), record);
	expect(runViewSchema.parse(view)).toEqual(view);
	return view;
}

const base = {
	id: "r-1",
	job: "send_invoice",
	generation: 1,
	attempts: 1,
	created_at: "2026-11-20T09:00:00.000Z",
	started_at: "2026-11-20T09:00:10.000Z",
};

describe("a run as callers see it", () => {
	it("is PENDING without a row", () => {
		expect(viewOf(undefined)).toEqual({ id: "r-1", state: "PENDING", meta: {} });
	});

	it("is PENDING when its attempt was given back before it began, and STARTED between two legs", () => {
		const legs = (nextLeg: number) => viewOf(settled({ state: "LEG", endedAt: twelveSecondsOn, nextLeg }));
		expect(legs(1)).toEqual({ id: "r-1", state: "PENDING", meta: {} });
		expect(legs(2)).toEqual({ ...base, state: "STARTED", meta: {} });
	});

	it("is STARTED with its tenant", () => {
		expect(viewOf(started({ tenant: "acme" }))).toEqual({ ...base, tenant: "acme", state: "STARTED", meta: {} });
	});

	it("is PROGRESS with {status, current_step, progress} (W8)", () => {
		const record: RunRecord = {
			...started(),
			state: "PROGRESS",
			progress: { status: "Processing anomaly detection...", current_step: "Checking thresholds", progress: 75 },
		};
		expect(viewOf(record)).toEqual({
			...base,
			state: "PROGRESS",
			meta: { status: "Processing anomaly detection...", current_step: "Checking thresholds", progress: 75 },
		});
	});

	it("is FAILURE with {exc_type, exc_message, retry_count, max_retries} (W9)", () => {
		const record = settled(
			{ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error: connectionTimeout },
			{ attempts: 3 },
		);
		expect(viewOf(record)).toEqual({
			...base,
			attempts: 3,
			state: "FAILURE",
			ended_at: "2026-11-20T09:00:12.345Z",
			duration_ms: 2345,
			reason: "worker-lost",
			meta: {
				exc_type: "DatabaseError",
				exc_message: "Connection timeout",
				error_class: "database",
				retry_count: 2,
				max_retries: 3,
			},
		});
	});

	it("counts no retries for a run that was refused before it could begin", () => {
		const record = settled(
			{
				state: "FAILURE",
				endedAt: twelveSecondsOn,
				reason: "invalid-input",
				error: { excType: "ValidationError", excMessage: "input: …", errorClass: "validation" },
			},
			{ attempts: 0 },
		);
		expect(viewOf(record)).toMatchObject({ attempts: 0, meta: { retry_count: 0 } });
	});

	it("is RETRY with the error and when it goes on", () => {
		const record = settled({
			state: "RETRY",
			error: { ...connectionTimeout, traceback: "at query" },
			endedAt: twelveSecondsOn,
			nextAttemptAt: tenPastNine,
		});
		expect(viewOf(record)).toEqual({
			...base,
			state: "RETRY",
			meta: {
				exc_type: "DatabaseError",
				exc_message: "Connection timeout",
				error_class: "database",
				traceback: "at query",
				retry_count: 0,
				max_retries: 3,
				next_attempt_at: "2026-11-20T09:10:00.000Z",
			},
		});
	});

	it("is SUCCESS with an inline result and its last progress", () => {
		const record = settled({
			state: "SUCCESS",
			endedAt: twelveSecondsOn,
			result: { kind: "inline", json: '{"pages":2}' },
			followUps: [],
			progress: { progress: 100 },
		});
		expect(viewOf(record)).toEqual({
			...base,
			state: "SUCCESS",
			ended_at: "2026-11-20T09:00:12.345Z",
			duration_ms: 2345,
			meta: { progress: 100 },
			result: { pages: 2 },
		});
	});

	it("is SUCCESS with a reference to a large result", () => {
		const record = settled({
			state: "SUCCESS",
			endedAt: twelveSecondsOn,
			result: { kind: "blob", key: "results/r-1/1.json", bytes: 9000 },
			followUps: [],
		});
		expect(viewOf(record)).toMatchObject({ result_ref: { key: "results/r-1/1.json", bytes: 9000 } });
	});

	it("is SKIPPED with what the sweeper found, where it ended the run", () => {
		const found = { state: "RETRY", since: twelveSecondsOn, seenAt: tenPastNine } as const;
		const record = settled({ state: "SKIPPED", endedAt: tenPastNine, reason: "lost: …", found });
		expect(viewOf(record)).toMatchObject({
			state: "SKIPPED",
			meta: {
				reason: "lost: …",
				reconciled: { state: "RETRY", since: "2026-11-20T09:00:12.345Z", seen_at: "2026-11-20T09:10:00.000Z" },
			},
		});
	});

	it.each(["REVOKED", "SKIPPED"] as const)("is %s with the reason", (state) => {
		const record = settled({ state, endedAt: twelveSecondsOn, reason: "nothing to do" });
		expect(viewOf(record)).toMatchObject({ state, duration_ms: 2345, meta: { reason: "nothing to do" } });
	});
});
