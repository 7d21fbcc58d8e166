/** What a sweep makes of a row by the clock alone. */
import { describe, expect, it } from "vitest";
import { judgeRun } from "../../../../shared/engine/sweep/judge-run.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";
import type { RunRecord, Settlement } from "../../../../shared/ports/job-store.ts";
import { settled, started } from "../../../support/run-records.ts";

const hours = 3_600_000;

describe("a row, by the clock alone", () => {
	const at = (clock: string) => epochMs(Date.parse(`2026-11-20T${clock}Z`));
	const error = { excType: "E", excMessage: "m", errorClass: "database" } as const;
	const followUp = { queueClass: "q", delaySeconds: 600, message: { job: "j", id: "f-1" } };
	const success = (followUps: readonly (typeof followUp)[]): Settlement => ({
		state: "SUCCESS",
		endedAt: at("09:00:00"),
		result: { kind: "inline", json: "1" },
		followUps,
	});
	const found = { state: "RETRY", since: at("09:00:00"), seenAt: at("09:30:00") } as const;

	it.each<[string, RunRecord, string, object]>([
		["performing: 45 minutes after its lease", started(), "09:46:09.999", { kind: "later", at: at("09:46:10") }],
		["performing: overdue then", started(), "09:46:10", { kind: "overdue", since: at("09:01:10") }],
		[
			"waiting for its next attempt: 45 minutes after that is due",
			settled({ state: "RETRY", endedAt: at("09:00:00"), error, nextAttemptAt: at("10:00:00") }),
			"10:44:59",
			{ kind: "later", at: at("10:45:00") },
		],
		[
			"waiting for its next attempt: overdue then",
			settled({ state: "RETRY", endedAt: at("09:00:00"), error, nextAttemptAt: at("10:00:00") }),
			"10:45:00",
			{ kind: "overdue", since: at("10:00:00") },
		],
		[
			"between legs: overdue 45 minutes after the last one",
			settled({ state: "LEG", endedAt: at("09:00:00"), nextLeg: 2 }),
			"09:45:00",
			{ kind: "overdue", since: at("09:00:00") },
		],
		["a success that enqueued nothing", settled(success([])), "09:00:00", { kind: "over" }],
		[
			"a success: its follow-ups' delay and 45 minutes later",
			settled(success([followUp])),
			"09:54:59",
			{ kind: "later", at: at("09:55:00") },
		],
		["a success: then", settled(success([followUp])), "09:55:00", { kind: "follow-ups", since: at("09:10:00") }],
		[
			"a failure, which may be redriven: twice in a day",
			settled({ state: "FAILURE", endedAt: at("09:00:00"), reason: "run-failed", error }),
			"10:00:00",
			{ kind: "later", at: at("22:00:00") },
		],
		[
			"a failure: at last when its row is forgotten",
			settled({ state: "FAILURE", endedAt: at("09:00:00"), reason: "run-failed", error }),
			"23:00:00",
			{ kind: "later", at: epochMs(at("09:00:10") + 24 * hours) },
		],
		[
			"skipped by its job",
			settled({ state: "SKIPPED", endedAt: at("09:00:00"), reason: "r" }),
			"09:30:00",
			{ kind: "over" },
		],
		[
			"skipped by the sweeper",
			settled({ state: "SKIPPED", endedAt: at("10:00:00"), reason: "r", found }),
			"10:00:00",
			{ kind: "later", at: at("22:00:00") },
		],
		["revoked", settled({ state: "REVOKED", endedAt: at("09:00:00"), reason: "r" }), "09:30:00", { kind: "over" }],
	])("%s", (_, row, clock, expected) => {
		expect(judgeRun(row, at(clock))).toMatchObject(expected);
	});
});
