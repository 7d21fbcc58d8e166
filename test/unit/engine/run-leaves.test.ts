/** What a run leaves behind through the whole engine: results, progress, enqueued runs, dead letters. */
import { describe, expect, it } from "vitest";
import { JobError } from "../../../shared/job/index.ts";
import { after, engineWorld } from "../../support/engine-world.ts";

describe("what a run leaves", () => {
	it("enqueues after success, once however often the send is repeated, and nothing for a failed attempt (INV-04)", async () => {
		let calls = 0;
		const world = engineWorld(async (_, context) => {
			context.enqueue(after, { parent: context.runId });
			if (calls++ === 0) throw new JobError("database", "gone");
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		let cuts = 0;
		world.faults.after = (call) => {
			if (call === "sendMany" && cuts++ === 1) throw new Error("answer lost");
		};
		await world.drain();
		expect(world.performed.filter((entry) => entry.startsWith("after:"))).toHaveLength(1);
	});

	it("takes a small enqueue after it has refused one that was too large", async () => {
		const large = { texts: Array.from({ length: 9 }, () => "x".repeat(8_000)) };
		const world = engineWorld(async (_, context) => {
			for (const text of large.texts) {
				try {
					context.enqueue(after, text);
				} catch {}
			}
			context.enqueue(after, "small");
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.performed.filter((entry) => entry.startsWith("after:"))).toHaveLength(9);
	});

	it("computes the ids of what it enqueues: each attempt names the same run", async () => {
		const ids: string[] = [];
		const world = engineWorld(async (_, context) => {
			ids.push(context.enqueue(after, {}));
			if (ids.length === 1) throw new JobError("database", "gone");
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		// printf '["r","1.0"]' | sha256sum | cut -c1-40
		const computed = "f-6ead5e9df5d92eb20b195d1288d55a89b66841fe";
		expect(ids).toEqual([computed, computed]);
		expect(world.row(computed)).toMatchObject({ job: "after", state: "SUCCESS" });
	});

	it("enqueues what a success owes even when a deploy can no longer read its message", async () => {
		const world = engineWorld(async (_, context) => {
			context.enqueue(after, { parent: context.runId });
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		world.faults.before = (call) => {
			if (call === "sendMany") throw new Error("killed before the send");
		};
		await world.step();
		delete world.faults.before;
		await world.clock.advance(120_000);
		const again = await world.receive();
		const { keptMessageIds } = await world.deliver(
			again.map((message) => ({ ...message, body: '{"job":"work","input":{},"id":"r"}' })),
		);
		expect(keptMessageIds).toEqual([]);
		expect(world.row("r")?.state).toBe("SUCCESS");
		expect(world.letters()).toEqual([]);
		await world.step();
		expect(world.performed.filter((entry) => entry.startsWith("after:"))).toHaveLength(1);
	});

	it("refuses an enqueue that its definition does not declare", async () => {
		const world = engineWorld(async (_, context) => {
			context.enqueue({ ...after, name: "other" }, {});
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", error: { excType: "undeclared-enqueue" } });
	});

	it("stores a large result in the bucket", async () => {
		const world = engineWorld(async () => "x".repeat(9000));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		const row = world.row("r");
		const result = row?.state === "SUCCESS" ? row.result : undefined;
		expect(result).toMatchObject({ kind: "blob", bytes: 9002 });
		expect(result?.kind === "blob" && (await world.blobs.get(result.key))).toBe(`"${"x".repeat(9000)}"`);
	});

	it("writes progress at most once a second, and the last with the settle", async () => {
		const world = engineWorld(async (_, context) => {
			for (let percent = 0; percent <= 100; percent += 10) {
				context.progress({ progress: percent, current_step: `step ${percent}` });
				await world.clock.sleep(250);
			}
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.calls.beatMany).toBe(2);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", progress: { progress: 100, current_step: "step 100" } });
	});

	it("stores what is storable of a job's odd progress, and settles all the same", async () => {
		const world = engineWorld(async (_, context) => {
			context.progress({
				progress: Number.NaN,
				status: "a\ud800b",
				step: 1,
				...{ total: "many", extra: () => 1 },
			} as object);
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", progress: { status: "a\ufffdb", step: 1 } });
	});

	it("goes on without progress when it can't be written", async () => {
		const world = engineWorld(async (_, context) => {
			context.progress({ progress: 1 });
			await world.clock.sleep(1500);
			return "done";
		});
		world.faults.before = (call) => {
			if (call === "beatMany") throw new Error("throttled");
		};
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.row("r")?.state).toBe("SUCCESS");
		expect(world.telemetry.named("beat.failed")).toHaveLength(1);
	});
});
