/** The whole engine on memory adapters: runs whose carrier is gone before it sent what follows, and messages that are refused instead. */
import { describe, expect, it } from "vitest";
import type { WorkerParts } from "../../../shared/engine/worker-parts.ts";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { plusSeconds, toEpochSeconds } from "../../../shared/kernel/time.ts";
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import { flaky, ok } from "../../support/engine-work.ts";
import { after, deadLetters, engineWorld, main } from "../../support/engine-world.ts";

const message = { job: "work", input: { n: 1 }, id: "r" };
type World = ReturnType<typeof engineWorld>;

/** Its worker dies when it would send what follows, and SQS delivers the carrier no more. */
async function settleAndLoseTheCarrier(world: World): Promise<void> {
	world.faults.before = (call) => {
		if (call === "sendMany") throw new Error("killed before it sent what follows");
	};
	await world.step();
	delete world.faults.before;
	await world.queue.purge(main);
	await world.queue.purge(deadLetters);
}

/** A row as another worker left it. */
async function leave(world: World, row: Partial<RunRecord>): Promise<void> {
	const now = world.clock.now();
	const record = {
		...{ id: runId("r"), job: "work", generation: 1, attempts: 1, carrier: "message-1", retriesMax: 2 },
		...{ createdAt: now, startedAt: now, expiresAt: toEpochSeconds(plusSeconds(now, 3_600)) },
		...row,
	} as RunRecord;
	await world.store.claimMany([{ expect: { kind: "absent" }, record }]);
}

describe("a run whose carrier is gone (INV-01, INV-04, INV-10)", () => {
	it("has its dead letter sent by the next message of its name, and by no other after that", async () => {
		const world = engineWorld(async () => {
			throw Object.assign(new Error("no such page"), { status: 404 });
		});
		await world.send(message);
		await settleAndLoseTheCarrier(world);
		expect(world.row("r")?.state).toBe("FAILURE");
		expect(world.letters()).toEqual([]);
		await world.send(message, message);
		await world.drain();
		await world.send(message);
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
		expect(world.letters()).toMatchObject([{ reason: "final-error" }]);
		expect(JSON.parse(world.letters()[0]?.body ?? "")).toMatchObject({ id: "r", generation: 2 });
	});

	it("has what it enqueued sent by the next message of its name, and by no other after that", async () => {
		const world = engineWorld(async (_, context) => void context.enqueue(after, {}));
		await world.send(message);
		await settleAndLoseTheCarrier(world);
		await world.send(message, message);
		const { sendMany } = world.calls;
		await world.step();
		await world.step();
		expect(world.performed).toMatchObject(["r#1", expect.stringMatching(/^after:f-/)]);
		await world.send(message);
		await world.drain();
		expect(world.calls.sendMany).toBe(sendMany + 1);
	});

	it("repeats what it owes when the sending failed, before it says that nothing is owed", async () => {
		const world = engineWorld(async () => {
			throw Object.assign(new Error("no such page"), { status: 404 });
		});
		await world.send(message);
		await settleAndLoseTheCarrier(world);
		await world.send(message);
		world.faults.before = (call) => {
			if (call === "sendMany") throw new Error("throttled");
		};
		await world.step();
		expect(world.row("r")?.carrier).toBe("message-1");
		delete world.faults.before;
		await world.drain();
		expect(world.row("r")?.carrier).toBe(" message-1");
		expect(world.letters()).toHaveLength(1);
	});

	it("makes its next attempt by a duplicate that comes back five minutes after that was due", async () => {
		const world = engineWorld(flaky(1));
		await world.send(message);
		await settleAndLoseTheCarrier(world);
		const due = world.clock.now() + 10_000;
		await world.send(message);
		await world.step();
		expect(world.performed).toEqual(["r#1"]);
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2"]);
		expect(world.row("r")?.startedAt).toBeGreaterThan(due + 299_000);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("makes its next attempt by the message of a lost one, after a copy of a deleted message had taken it over", async () => {
		const world = engineWorld(flaky(1));
		const leaseUntil = plusSeconds(world.clock.now(), -1);
		await leave(world, { carrier: "message-0", state: "STARTED", fence: fence("f"), leaseUntil });
		await world.send(message);
		await settleAndLoseTheCarrier(world);
		expect(world.row("r")).toMatchObject({ state: "RETRY", attempts: 2 });
		await world.send({ ...message, attempt: 1, generation: 1, hops: 1 });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 3 });
	});

	it("lets a duplicate stand by once beside a retry that comes, which takes nothing then", async () => {
		const world = engineWorld(flaky(1));
		await world.send(message);
		await world.step();
		await world.send(message);
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2"]);
		expect(world.telemetry.named("run.deferred")).toMatchObject([{ why: "stand-by", delaySeconds: 311 }]);
	});
});

describe("a message that was refused", () => {
	it("stays refused when its copy comes to a worker that could take it", async () => {
		const world = engineWorld(ok);
		await leave(world, {
			...{ state: "FAILURE", generation: 0, attempts: 0, endedAt: world.clock.now(), settledBy: fence("f") },
			...{ reason: "invalid-input", error: { excType: "E", excMessage: "m", errorClass: "validation" } },
		});
		await world.send(message);
		await world.drain();
		expect(world.performed).toEqual([]);
		expect(world.letters()).toMatchObject([{ reason: "invalid-input" }]);
		await world.redrive();
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
	});

	it("tells in its letter how its run had failed before", async () => {
		const world = engineWorld(ok);
		await leave(world, {
			...{ state: "FAILURE", endedAt: world.clock.now(), settledBy: fence("f") },
			...{ reason: "gave-up", error: { excType: "GaveUp", excMessage: "no use", errorClass: "system" } },
		});
		await world.send({ ...message, input: { n: "a deploy made this a number" } });
		await world.drain();
		expect(world.letters()).toMatchObject([{ reason: "gave-up", attributes: { "millrace-attempts": "1" } }]);
		expect(JSON.parse(world.letters()[0]?.attributes["millrace-error"] ?? "")).toEqual({
			exc_type: "GaveUp",
			exc_message: "no use",
		});
	});

	it.each([
		["retry", { attempt: 2 }],
		["leg", { attempt: 1, leg: { number: 2, startedAt: "2026-11-20T09:00:00Z" } }],
	])(
		"is the letter of its run when it is its %s, and a copy of the carrier was refused before it (INV-10)",
		async (_, next) => {
			const world = engineWorld(ok);
			await leave(world, {
				...{ state: "FAILURE", endedAt: world.clock.now(), settledBy: fence("f") },
				...{ reason: "invalid-input", error: { excType: "E", excMessage: "not a number", errorClass: "validation" } },
			});
			await world.send({ ...message, ...next, generation: 1, hops: 1, input: { n: "a deploy made this a number" } });
			await world.drain();
			expect(world.letters()).toMatchObject([{ reason: "invalid-input", attributes: { "millrace-attempts": "1" } }]);
			expect(JSON.parse(world.letters()[0]?.body ?? "")).toEqual({
				...{ job: "work", id: "r", generation: 2, input: { n: "a deploy made this a number" } },
			});
		},
	);

	it("lets no claim of its copy land over the row that it saw", async () => {
		const world = engineWorld(ok);
		await leave(world, {
			...{ state: "FAILURE", carrier: "message-0", endedAt: world.clock.now(), settledBy: fence("f") },
			...{ reason: "gave-up", error: { excType: "GaveUp", excMessage: "no use", errorClass: "system" } },
		});
		const seen = world.row("r") as RunRecord;
		await world.send({ ...message, generation: 2, input: { n: "a deploy made this a number" } });
		await world.drain();
		expect(world.letters()).toMatchObject([{ reason: "invalid-input" }]);
		const { endedAt: _, settledBy: __, ...begun } = seen as RunRecord & { readonly endedAt: number; settledBy: string };
		const copy = { ...begun, state: "STARTED", generation: 2, fence: fence("g"), leaseUntil: world.clock.now() };
		const [claimed] = await world.store.claimMany([
			{ expect: { kind: "seen", record: seen }, record: copy as unknown as RunRecord },
		]);
		expect(claimed).toMatchObject({ claimed: false, blocker: { state: "FAILURE", reason: "gave-up" } });
	});

	it("ends the later generation that it had begun, when it revived its run", async () => {
		const world = engineWorld(ok);
		const leaseUntil = plusSeconds(world.clock.now(), -1);
		await leave(world, { generation: 2, state: "STARTED", fence: fence("f"), leaseUntil });
		await world.send({ ...message, input: { n: "a deploy made this a number" } });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "invalid-input", generation: 2, attempts: 1 });
		expect(JSON.parse(world.letters()[0]?.body ?? "")).toMatchObject({ id: "r", generation: 3 });
	});

	it("leaves it to the message that carries the run to send its own letter", async () => {
		const world = engineWorld(ok);
		await leave(world, {
			...{ state: "FAILURE", endedAt: world.clock.now(), settledBy: fence("f") },
			...{ reason: "gave-up", error: { excType: "GaveUp", excMessage: "no use", errorClass: "system" } },
		});
		await world.send(message);
		await world.send({ ...message, generation: 2, input: { n: "a deploy made this a number" } });
		const [carrier, ...refused] = await world.receive();
		await world.deliver(refused);
		expect(world.letters()).toMatchObject([{ reason: "invalid-input" }]);
		await world.deliver(carrier === undefined ? [] : [carrier]);
		expect(world.letters()).toMatchObject([{ reason: "invalid-input" }, { reason: "gave-up" }]);
		expect(world.row("r")?.carrier).toBe("message-1 message-2");
	});

	it("ends its run that began under the job's old name (INV-01)", async () => {
		const world = engineWorld(ok);
		const endedAt = world.clock.now();
		await leave(world, {
			...{ job: "work_before", carrier: "message-0", state: "RETRY", endedAt, settledBy: fence("f") },
			...{ nextAttemptAt: endedAt, error: { excType: "E", excMessage: "m", errorClass: "database" } },
		});
		await world.send({ ...message, input: { n: "a deploy made this a number" }, attempt: 2 });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "invalid-input", attempts: 1 });
		expect(world.letters()).toMatchObject([{ body: expect.stringContaining('"generation":2') }]);
	});

	it.each([
		["which carries it", "message-1", ["message-1"]],
		["another one", "message-0", []],
	])(
		"is not refused by an older worker, %s, because a newer one began its run under the job's new name (INV-01)",
		async (_, carrier, kept) => {
			const world = engineWorld(ok);
			const { catalogue } = world;
			const job = { ...catalogue.findJob("work"), name: "work_before", aliases: [] };
			const older = {
				catalogue: { ...catalogue, findJob: (name: string) => (name === job.name ? job : undefined) },
				implementations: { work_before: ok },
			} as unknown as Partial<WorkerParts>;
			const leaseUntil = plusSeconds(world.clock.now(), 60);
			await leave(world, { carrier, state: "STARTED", fence: fence("f"), leaseUntil });
			await world.send({ ...message, job: "work_before" });
			const received = await world.receive();
			const { keptMessageIds } = await world.deliver(received, older);
			expect(keptMessageIds).toEqual(kept);
			expect(world.telemetry.named("message.refused")).toEqual([]);
			await world.drain();
			expect(world.letters()).toEqual([]);
			expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
		},
	);
});
