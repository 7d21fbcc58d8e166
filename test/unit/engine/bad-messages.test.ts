/** The whole engine on memory adapters: messages that no retry can mend, beside good ones. */
import { describe, expect, it } from "vitest";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { plusSeconds, toEpochSeconds } from "../../../shared/kernel/time.ts";
import { flaky, ok } from "../../support/engine-work.ts";
import { engineWorld } from "../../support/engine-world.ts";

describe("bad messages", () => {
	const tooDeep = `{"job":"work","input":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
	it.each([
		["not JSON", "{nope", "message-not-json"],
		["no object", "[1]", "message-not-an-object"],
		["an unknown job", '{"job":"wrok"}', "unknown-job"],
		["another group's job", '{"job":"other"}', "wrong-queue-class"],
		["an unknown field", '{"job":"work","inputs":{}}', "message-unknown-field"],
		["an unknown input field", '{"job":"work","input":{"n":1,"m":2}}', "invalid-input"],
		["a wrong type", '{"job":"work","input":{"n":"1"}}', "invalid-input"],
		["a missing field", '{"job":"work","input":{}}', "invalid-input"],
		["deep nesting", tooDeep, "message-too-deep"],
		["__proto__", '{"job":"work","input":{"n":1,"__proto__":{}}}', "message-forbidden-key"],
		["a lone surrogate", '{"job":"work","input":{"n":1,"note":"\\ud800"}}', "message-ill-formed-text"],
		["a past expiresAt", '{"job":"work","input":{"n":1},"expiresAt":"2020-01-01T00:00:00Z"}', "already-expired"],
		[
			"a missing reference",
			`{"job":"work","inputRef":{"key":"inputs/${"0".repeat(64)}.json","bytes":1}}`,
			"input-reference-missing",
		],
		[
			"a 1 MiB body that is no input",
			`{"job":"work","input":{"n":1,"note":7,"x":"${"x".repeat(1_048_530)}"}}`,
			"invalid-input",
		],
	])("dead-letters %s at once, unharmed its neighbours", async (_, body, reason) => {
		const world = engineWorld(ok);
		await world.send({ job: "work", input: { n: 1 }, id: "good" }, body, {
			job: "work",
			input: { n: 2 },
			id: "good too",
		});
		await world.send({ job: "work", input: { n: 2 }, id: "good-too" });
		const { keptMessageIds } = await world.step();
		expect(keptMessageIds).toEqual([]);
		expect(world.performed).toEqual(["good#1", "good-too#1"]);
		expect(world.letters().map((letter) => letter.reason)).toEqual(
			expect.arrayContaining([reason, "message-invalid-field"]),
		);
		expect(world.letters()).toHaveLength(2);
		expect(world.row("message-2")).toMatchObject({ state: "FAILURE", reason, attempts: 0 });
	});

	it("tells of one by which a run ended: not of the next under its name, nor where the run had succeeded", async () => {
		const world = engineWorld(ok);
		await world.send({ job: "work", id: "r", input: {} }, { job: "work", id: "taken", input: { n: 1 } });
		await world.drain();
		await world.send({ job: "work", id: "r", input: {} }, { job: "work", id: "taken", input: {} });
		await world.drain();
		const told = world.telemetry.named("message.refused").map(({ runId, ended }) => `${runId} ${ended}`);
		expect(told.toSorted()).toEqual(["r false", "r true", "taken false"]);
	});

	const waited = { carrier: "message-x", until: 0 };
	it.each([
		["a place in line", { line: { ...waited, times: 1 } }],
		["a ticket", { ticket: { ...waited, limiter: "work", epoch: 1, slot: 0 } }],
	])("ends the lost run whose message waited with %s and does not fit a newer schema (INV-01)", async (_, wait) => {
		const world = engineWorld(ok);
		const now = world.clock.now();
		const begun = { id: runId("r"), job: "work", generation: 1, attempts: 1, carrier: "message-x", retriesMax: 2 };
		const times = { createdAt: now, startedAt: now, leaseUntil: plusSeconds(now, -1) };
		const expiresAt = toEpochSeconds(plusSeconds(now, 3_600));
		const record = { ...begun, ...times, expiresAt, state: "STARTED", fence: fence("f") } as const;
		await world.store.claimMany([{ expect: { kind: "absent" }, record }]);
		await world.send({ job: "work", id: "r", input: { n: "one" }, ...wait });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "invalid-input", attempts: 1 });
		expect(JSON.parse(world.letters()[0]?.body ?? "{}")).toEqual({
			job: "work",
			id: "r",
			input: { n: "one" },
			generation: 2,
		});
	});

	it("ends the run that waits for its first leg again, when its message does not fit a newer schema (INV-01)", async () => {
		const world = engineWorld(ok);
		const now = world.clock.now();
		const begun = { id: runId("r"), job: "work", generation: 1, attempts: 2, carrier: "message-x", retriesMax: 2 };
		const times = { createdAt: now, startedAt: now, endedAt: now, expiresAt: toEpochSeconds(plusSeconds(now, 3_600)) };
		const record = { ...begun, ...times, state: "LEG", nextLeg: 1, settledBy: fence("f") } as const;
		await world.store.claimMany([{ expect: { kind: "absent" }, record }]);
		await world.send({ job: "work", id: "r", input: { n: "one" }, attempt: 1 });
		await world.drain();
		expect(world.row("r")?.state).toBe("LEG");
		await world.send({ job: "work", id: "r", input: { n: "one" }, attempt: 2 });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "invalid-input", attempts: 2 });
	});

	it("keeps a body whole that does not fit SQS beside its reason", async () => {
		const world = engineWorld(ok);
		const body = `{"job":"work","oops":"${"x".repeat(1_048_576 - 24)}"}`;
		await world.send(body);
		await world.drain();
		const moved = JSON.parse(world.letters()[0]?.body ?? "{}") as { millrace: string; key: string };
		expect(moved.millrace).toBe("moved-body");
		expect(await world.blobs.get(moved.key)).toContain('"oops":"xxx');
	});

	it("performs a valid message of exactly 1 MiB, its retry too", async () => {
		const world = engineWorld(flaky(1));
		const frame = '{"job":"work","id":"r","input":{"n":1,"note":""}}';
		await world.send(frame.replace('""', `"${"x".repeat(1_048_576 - frame.length)}"`));
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2"]);
	});

	it("does not burn its name: a sound message under the same id or key, or the mended letter, begins the run", async () => {
		const world = engineWorld(ok);
		await world.send('{"job":"work","input":{"n":"1"},"id":"r"}');
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", generation: 0, attempts: 0 });
		expect(world.letters()).toMatchObject([{ body: '{"job":"work","input":{"n":"1"},"id":"r"}' }]);
		await world.send('{"job":"work","input":{"n":1},"id":"r"}');
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 1, attempts: 1 });
	});

	it.each([
		["wrok", 'No job is called "wrok". Did you mean "work"?'],
		["constructor", 'No job is called "constructor". `millrace jobs` lists them.'],
	])("says of %s how to find the job that was meant", async (job, says) => {
		const world = engineWorld(ok);
		await world.send({ job });
		await world.drain();
		expect(world.telemetry.named("message.refused")).toMatchObject([{ problem: says }]);
	});

	it("keeps the wish to begin later, and drops the time of a run that has begun", async () => {
		const world = engineWorld(flaky(1));
		await world.send({ job: "work", input: { n: 1 }, id: "begun" });
		await world.step();
		const notBefore = "2026-12-01T00:00:00Z";
		const refused = { job: "work", input: { n: "1" }, notBefore };
		await world.send({ ...refused, id: "new" }, { ...refused, id: "begun", attempt: 2, generation: 1 });
		await world.step();
		expect(world.letters().map(({ body }) => JSON.parse(body))).toEqual([
			{ ...refused, id: "new" },
			{ job: "work", input: { n: "1" }, id: "begun", generation: 2 },
		]);
	});

	it("ends a run that waits for a retry when its message can't be taken any more, and its letter can be redriven", async () => {
		const world = engineWorld(flaky(1));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.step();
		await world.send('{"job":"work","input":{"n":"a deploy made this a number"},"id":"r","attempt":2,"generation":1}');
		await world.step();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "invalid-input", generation: 1, attempts: 1 });
		expect(world.letters()).toMatchObject([{ body: expect.stringContaining('"generation":2') }]);
		await world.send('{"job":"work","input":{"n":1},"id":"r","generation":2}');
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 2, attempts: 1 });
	});

	it("does not end a run that waits for a retry because another message under its id is bad (INV-05)", async () => {
		const world = engineWorld(flaky(1));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.step();
		await world.send({ job: "work", input: { n: "bad" }, id: "r" });
		await world.drain();
		expect(world.letters()).toMatchObject([{ reason: "invalid-input" }]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 1, attempts: 2 });
	});

	it("dead-letters for the next generation when the first try to send the letter was cut off", async () => {
		const world = engineWorld(flaky(1));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.step();
		await world.send({ job: "work", input: { n: "bad" }, id: "r", attempt: 2, generation: 1 });
		let cuts = 0;
		world.faults.before = (call) => {
			if (call === "sendMany" && cuts++ === 0) throw new Error("cut off");
		};
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", generation: 1, attempts: 1 });
		// Once more by the retry's message, which found that the run had failed.
		const letter = { body: expect.stringContaining('"generation":2'), attributes: { "millrace-attempts": "1" } };
		expect(world.letters()).toMatchObject([letter, letter]);
	});

	it("gives the name of a misspelt job's message to the job that was meant", async () => {
		const world = engineWorld(ok);
		await world.send('{"job":"wrok","input":{"n":1},"id":"r"}');
		await world.drain();
		expect(world.row("r")).toMatchObject({ job: "wrok", state: "FAILURE", generation: 0 });
		await world.send('{"job":"work","input":{"n":1},"id":"r"}');
		await world.drain();
		expect(world.row("r")).toMatchObject({ job: "work", state: "SUCCESS", generation: 1 });
	});

	it("refuses a reference to something else", async () => {
		const world = engineWorld(ok);
		const key = `inputs/${"0".repeat(64)}.json`;
		await world.blobs.put(key, '{"n":1}');
		await world.send({ job: "work", inputRef: { key, bytes: 7 } });
		await world.drain();
		expect(world.letters()).toMatchObject([{ reason: "input-reference-invalid" }]);
	});
});
