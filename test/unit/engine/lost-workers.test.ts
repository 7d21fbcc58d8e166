/** The whole engine on memory adapters: workers that die, freeze or are cut off between two calls. */
import { describe, expect, it } from "vitest";
import { flaky, ok } from "../../support/engine-work.ts";
import { engineWorld } from "../../support/engine-world.ts";

describe("lost workers (INV-01, INV-02, INV-03)", () => {
	it("performs again what a dead worker had claimed, and counts the lost attempt", async () => {
		const world = engineWorld(ok);
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		world.faults.after = (call) => {
			if (call !== "claimMany") return;
			delete world.faults.after;
			throw new Error("killed after the claim");
		};
		await world.step();
		expect(world.row("r")).toMatchObject({ state: "STARTED", attempts: 1 });
		await world.drain();
		expect(world.telemetry.named("worker.lost")).toHaveLength(1);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("ends the run when every attempt lost its worker", async () => {
		const world = engineWorld(ok);
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		let claimed = 0;
		world.faults.after = (call) => {
			const attempts = world.row("r")?.attempts ?? 0;
			if (call !== "claimMany" || attempts === claimed) return;
			claimed = attempts;
			throw new Error("killed after the claim");
		};
		await world.drain();
		expect(world.performed).toEqual([]);
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "worker-lost", attempts: 3 });
		expect(world.letters()).toMatchObject([{ reason: "worker-lost" }]);
	});

	it("changes nothing when it lost its fence, and keeps the message that may carry the run", async () => {
		let release = (_: string) => {};
		const world = engineWorld(() => new Promise<string>((resolve) => (release = resolve)));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		const zombie = world.step();
		await world.telemetry.waitFor("attempt.started");
		const releaseZombie = release;
		// The machine froze: its lease is over, the message is visible again, another worker takes the run and settles it.
		world.clock.jumpTo((world.clock.now() + 130_000) as ReturnType<typeof world.clock.now>);
		const taker = world.step();
		await world.telemetry.waitFor("worker.lost");
		release("taker's");
		await taker;
		releaseZombie("zombie's");
		expect((await zombie).keptMessageIds).toHaveLength(1);
		expect(world.telemetry.named("fence.lost")).toHaveLength(1);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2, result: { json: '"taker\'s"' } });
	});

	it.each(["before", "after"] as const)(
		"repeats the follow-up of a settle when the send is cut off (%s the effect)",
		async (moment) => {
			const world = engineWorld(flaky(1));
			await world.send({ job: "work", input: { n: 1 }, id: "r" });
			let cuts = 0;
			world.faults[moment] = (call) => {
				if (call === "sendMany" && cuts++ === 0) throw new Error("cut off");
			};
			const { keptMessageIds } = await world.step();
			expect(keptMessageIds).toHaveLength(1);
			await world.drain();
			expect(world.performed).toEqual(["r#1", "r#2"]);
			expect(world.row("r")?.state).toBe("SUCCESS");
		},
	);

	it("survives a settle whose answer was lost", async () => {
		const world = engineWorld(ok);
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		let cuts = 0;
		world.faults.after = (call) => {
			if (call === "settleMany" && cuts++ === 0) throw new Error("answer lost");
		};
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
		expect(world.row("r")?.state).toBe("SUCCESS");
	});

	it("tells an attempt to stop before its function ends, and retries one that never does", async () => {
		let reason: unknown;
		const world = engineWorld((_, context) => {
			context.signal.addEventListener("abort", () => (reason = context.signal.reason));
			return new Promise(() => {});
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.step();
		expect(reason).toMatchObject({ code: "attempt-deadline" });
		expect(world.row("r")).toMatchObject({
			state: "RETRY",
			error: { errorClass: "timeout", excType: "attempt-deadline" },
		});
	});
});
