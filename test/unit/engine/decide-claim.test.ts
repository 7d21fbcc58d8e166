import { describe, expect, it } from "vitest";
import { decideOnBlocker } from "../../../shared/engine/decide-claim.ts";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../../shared/kernel/time.ts";
import type { RunRecord, Settlement } from "../../../shared/ports/job-store.ts";

const now = epochMs(1_000_000);
const base = {
	id: runId("r"),
	job: "a",
	generation: 2,
	attempts: 2,
	carrier: "m-carrier",
	retriesMax: 3,
	createdAt: epochMs(1),
	startedAt: epochMs(2),
	expiresAt: epochSeconds(9_999_999),
};
const performing = (leaseUntil: number, attempts = 2): RunRecord => ({
	...base,
	attempts,
	state: "STARTED",
	fence: fence("f"),
	leaseUntil: epochMs(leaseUntil),
});
const error = { excType: "E", excMessage: "m", errorClass: "system" } as const;
const endedAt = epochMs(3);
const settled = (settlement: Settlement): RunRecord => ({ ...base, settledBy: fence("f"), ...settlement });
const retry = settled({ state: "RETRY", endedAt, error, nextAttemptAt: epochMs(5) });
const success = settled({ state: "SUCCESS", endedAt, result: { kind: "inline", json: "1" }, followUps: [] });
const failure = settled({ state: "FAILURE", endedAt, reason: "final-error", error });
const policy = { retriesMax: 3, retriesLostWorkers: true };

const decide = (blocker: RunRecord, me: Partial<Parameters<typeof decideOnBlocker>[1]>, over = policy) =>
	decideOnBlocker(blocker, { job: "a", generation: 2, attempt: 1, leg: 1, messageId: "m-other", ...me }, now, over);

describe("what only a forger sends", () => {
	it("is refused for a generation that nobody can have asked for, unless who performs may still succeed", () => {
		const ahead = { kind: "ahead", generation: 2 };
		expect(decide(failure, { generation: 4 })).toEqual(ahead);
		expect(decide(retry, { generation: Number.MAX_SAFE_INTEGER, messageId: "m-carrier" })).toEqual(ahead);
		expect(decide(performing(1_000_000), { generation: 4 })).toEqual(ahead);
		expect(decide(performing(1_000_001), { generation: 4 })).toMatchObject({ kind: "defer", why: "leased" });
		expect(decide(success, { generation: 4 })).toEqual({ kind: "acknowledge", why: "terminal" });
		expect(decide(failure, { generation: 3 })).toMatchObject({ kind: "take", newGeneration: true });
	});
	it("waits until the next attempt's time, which clocks may see 5 s apart", () => {
		const due = (at: number) => settled({ state: "RETRY", endedAt, error, nextAttemptAt: epochMs(at) });
		expect(decide(due(1_005_000), { attempt: 3 })).toMatchObject({ kind: "take" });
		expect(decide(due(1_005_001), { attempt: 7 })).toEqual({
			...{ kind: "defer", why: "not-before", until: 1_005_001, generation: 2, attempt: 3 },
		});
	});
});

describe("a run that is performing", () => {
	it("defers others until its lease ends, and keeps its carrier where it is", () => {
		const deferred = { kind: "defer", why: "leased", until: 1_000_001, generation: 2, attempt: 2 };
		expect(decide(performing(1_000_001), {})).toEqual(deferred);
		expect(decide(performing(1_000_001), { messageId: "m-carrier", attempt: 2 })).toEqual({
			kind: "keep",
			until: 1_000_001,
		});
		expect(decide(performing(1_000_001), { generation: 3 })).toEqual({ ...deferred, generation: 3, attempt: 1 });
	});
	it("is taken as the next attempt when its lease is over: its worker is lost", () => {
		expect(decide(performing(1_000_000), {})).toMatchObject({ kind: "take", newGeneration: false, workerLost: true });
	});
	it("ends when the lost attempt was the last, or lost workers are not retried", () => {
		expect(decide(performing(1_000_000, 4), {})).toMatchObject({ kind: "end-lost" });
		expect(decide(performing(1_000_000, 3), {})).toMatchObject({ kind: "take" });
		expect(decide(performing(1_000_000, 1), {}, { retriesMax: 3, retriesLostWorkers: false })).toMatchObject({
			kind: "end-lost",
		});
	});
	it("is not touched by a message of an older generation", () => {
		expect(decide(performing(1_000_000), { generation: 1 })).toEqual({ kind: "acknowledge", why: "stale" });
	});
});

describe("a run that waits for a retry", () => {
	it("is taken by the message of a later attempt", () => {
		expect(decide(retry, { attempt: 3 })).toMatchObject({ kind: "take", newGeneration: false, workerLost: false });
	});
	it("has its follow-ups repeated by its carrier", () => {
		expect(decide(retry, { attempt: 2, messageId: "m-carrier" })).toMatchObject({
			kind: "repeat-follow-ups",
			asStranger: false,
		});
	});
	it("has others look again five minutes after it is due, and taken by them if it has not gone on by then", () => {
		const standBy = { kind: "defer", why: "stand-by", until: 1_000_001, generation: 2, attempt: 2 };
		const due = settled({ state: "RETRY", endedAt, error, nextAttemptAt: epochMs(700_001) });
		expect(decide(due, { attempt: 2 })).toEqual(standBy);
		expect(decide(due, { firstSentAt: epochMs(1) })).toEqual(standBy);
		const overdue = settled({ state: "RETRY", endedAt, error, nextAttemptAt: epochMs(700_000) });
		const take = { kind: "take", over: overdue, newGeneration: false, workerLost: false };
		expect(decide(overdue, { attempt: 2 })).toEqual(take);
		expect(decide(overdue, { firstSentAt: epochMs(1) })).toEqual(take);
		const leg = settled({ state: "LEG", endedAt: epochMs(700_000), nextLeg: 3 });
		expect(decide(leg, { attempt: 2, leg: 2 })).toEqual({ ...take, over: leg });
	});
	it("has a message of an earlier attempt stand by as well: what took its run over may be gone", () => {
		const due = settled({ state: "RETRY", endedAt, error, nextAttemptAt: epochMs(700_001) });
		expect(decide(due, { attempt: 1 })).toEqual({
			kind: "defer",
			why: "stand-by",
			until: 1_000_001,
			generation: 2,
			attempt: 2,
		});
		expect(decide(retry, { attempt: 1 })).toMatchObject({ kind: "take", newGeneration: false });
	});
});

describe("a run that has ended", () => {
	it.each([success, failure])("has its follow-ups repeated by its carrier ($state)", (record) => {
		expect(decide(record, { messageId: "m-carrier" })).toMatchObject({ kind: "repeat-follow-ups", asStranger: false });
	});
	it("has what it owes sent by the first other message too, and by none after that", () => {
		const message = { job: "b", id: "f-1" };
		const followUps = [{ queueClass: "q", delaySeconds: 0, message }];
		const owing = settled({ state: "SUCCESS", endedAt, result: { kind: "inline", json: "1" }, followUps });
		for (const record of [owing, failure]) {
			expect(decide(record, {})).toEqual({ kind: "repeat-follow-ups", record, asStranger: true });
			expect(decide({ ...record, carrier: "" }, {})).toEqual({ kind: "acknowledge", why: "terminal" });
		}
		expect(decide(success, {})).toEqual({ kind: "acknowledge", why: "terminal" });
		expect(decide(success, { attempt: 9 })).toEqual({ kind: "acknowledge", why: "terminal" });
	});
	it("stays failed for the message that was refused, wherever its copy comes", () => {
		const refused = { ...settled({ state: "FAILURE", endedAt, reason: "invalid-input", error }), generation: 0 };
		expect(decide(refused, { generation: 1, messageId: "m-carrier" })).toEqual({
			kind: "repeat-follow-ups",
			record: refused,
			asStranger: false,
		});
		expect(decide(refused, { generation: 1 })).toMatchObject({ kind: "take", newGeneration: true });
	});
	it("starts a new generation for a redrive, unless it succeeded", () => {
		expect(decide(failure, { generation: 3 })).toMatchObject({ kind: "take", newGeneration: true, workerLost: false });
		expect(decide(success, { generation: 3 })).toEqual({ kind: "acknowledge", why: "terminal" });
		expect(decide(failure, { generation: 1 })).toEqual({ kind: "acknowledge", why: "stale" });
	});
});

it("begins anew for any message when the sweeper had given it up, and takes that message for the new generation's", () => {
	const found = { state: "RETRY", since: epochMs(4), seenAt: epochMs(5) } as const;
	const swept = settled({ state: "SKIPPED", endedAt, reason: "lost", found });
	const take = { kind: "take", over: swept, newGeneration: true, workerLost: false };
	expect(decide(swept, {})).toEqual(take);
	expect(decide(swept, { messageId: "m-carrier" })).toEqual(take);
	expect(decide(swept, { generation: 1 })).toEqual({ kind: "acknowledge", why: "stale" });
	// The message of generation 1 that revived it as generation 2: whatever attempt it was for, it is the first one's now.
	const revived = { generation: 1, attempt: 3, messageId: "m-carrier" };
	expect(decide(performing(1_000_001, 1), revived)).toEqual({ kind: "keep", until: 1_000_001 });
	expect(decide(performing(999_999, 1), revived)).toMatchObject({ kind: "take", newGeneration: false });
	expect(decide(retry, revived)).toMatchObject({ kind: "repeat-follow-ups" });
	expect(decide(settled({ state: "SKIPPED", endedAt, reason: "by its job" }), {})).toMatchObject({
		kind: "acknowledge",
	});
});

it("has a message that is the latest of its debounce key stand by the generation that another one began for it", () => {
	const latest = { generation: 1, latest: true };
	const defer = { kind: "defer", until: 1_000_001, generation: 2 };
	expect(decide(performing(1_000_001, 1), latest)).toEqual({ ...defer, why: "leased", attempt: 1 });
	expect(decide(performing(1_000_000, 1), latest)).toMatchObject({ kind: "take", newGeneration: false });
	const due = settled({ state: "RETRY", endedAt, error, nextAttemptAt: epochMs(700_001) });
	expect(decide(due, latest)).toEqual({ ...defer, why: "stand-by", attempt: 2 });
	for (const record of [success, failure])
		expect(decide(record, latest)).toEqual({ kind: "acknowledge", why: "stale" });
});

it("has the latest of its debounce key begin anew what gave way, but not by the message that gave way", () => {
	const gaveWay = settled({ state: "SKIPPED", endedAt, reason: "debounced_by: other" });
	expect(decide(gaveWay, { latest: true })).toMatchObject({ kind: "take", newGeneration: true });
	expect(decide(gaveWay, { latest: true, messageId: "m-carrier" })).toEqual({
		...{ kind: "repeat-follow-ups", record: gaveWay, asStranger: false },
	});
});

it("refuses an id that belongs to another job, whatever its state", () => {
	for (const record of [performing(0), retry, success, failure]) {
		expect(decide(record, { job: "b" })).toEqual({ kind: "conflict", otherJob: "a" });
	}
});

it("takes a name that it does not know for the job's own in another version, while the run goes on or is redriven", () => {
	const me = { job: "b", isKnown: (job: string) => job === "b" };
	expect(decide(performing(1_000_001), me)).toMatchObject({ kind: "defer" });
	expect(decide(performing(1_000_000), me)).toMatchObject({ kind: "take", workerLost: true });
	expect(decide(retry, { ...me, attempt: 3 })).toMatchObject({ kind: "take" });
	expect(decide(failure, { ...me, generation: 3 })).toMatchObject({ kind: "take", newGeneration: true });
	expect(decide(success, me)).toEqual({ kind: "conflict", otherJob: "a" });
	expect(decide(retry, { job: "b", isKnown: () => true })).toEqual({ kind: "conflict", otherJob: "a" });
	// The message that began it is no other run's, whatever the name.
	expect(decide(retry, { job: "b", messageId: "m-carrier" })).toMatchObject({ kind: "repeat-follow-ups" });
});

it("knows a run that began under an earlier name of the job", () => {
	const renamed = { job: "b", aliases: ["a"], generation: 3 };
	expect(decide(failure, renamed)).toEqual({ kind: "take", over: failure, newGeneration: true, workerLost: false });
});
