/** The whole engine on memory adapters: revoked runs (INV-12). */
import { describe, expect, it } from "vitest";
import { revokeRun } from "../../../shared/engine/revoke-run.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { flaky, ok } from "../../support/engine-work.ts";
import { engineWorld } from "../../support/engine-world.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

const message = { job: "work", input: { n: 1 }, id: "r" };
const revoke = (world: ReturnType<typeof engineWorld>, reason = "wrong customer") =>
	revokeRun({ store: world.store, clock: world.clock, random: createSeededRandom(9) }, runId("r"), reason);

describe("a revoked run (INV-12)", () => {
	it("never performs when it is still queued, nor when it is only enqueued afterwards", async () => {
		const world = engineWorld(ok);
		await world.send(message);
		expect(await revoke(world)).toEqual({ outcome: "revoked", unseen: true });
		await world.send(message);
		await world.drain();
		expect(world.performed).toEqual([]);
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "wrong customer", attempts: 0 });
		expect(world.letters()).toEqual([]);
	});

	it("makes no further attempt when it waits for one", async () => {
		const world = engineWorld(flaky(1));
		await world.send(message);
		await world.step();
		expect(world.row("r")?.state).toBe("RETRY");
		expect(await revoke(world)).toEqual({ outcome: "revoked" });
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
		expect(world.row("r")).toMatchObject({ state: "REVOKED", attempts: 1 });
	});

	it("is told by its signal within a beat, and ends REVOKED", async () => {
		let toldAfterMs = 0;
		const world = engineWorld(async (_, context) => {
			const begun = world.clock.now();
			await world.clock.sleep(5_000);
			expect(await revoke(world)).toEqual({ outcome: "stopping" });
			await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
			toldAfterMs = world.clock.now() - begun;
			throw context.signal.reason;
		});
		await world.send(message);
		await world.drain();
		// The beat, and 3 ms in which it waits for its neighbours.
		expect(toldAfterMs).toBe(20_003);
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "wrong customer" });
		expect(world.letters()).toEqual([]);
	});

	it("ends REVOKED although it ignores its signal, and keeps a result it returns in the grace", async () => {
		const deaf = engineWorld(async () => {
			await revoke(deaf);
			await new Promise(() => {});
		});
		await deaf.send(message);
		await deaf.drain();
		expect(deaf.row("r")).toMatchObject({ state: "REVOKED" });

		const quick = engineWorld(async () => {
			await revoke(quick);
			await quick.clock.sleep(20_500);
			return "done after all";
		});
		await quick.send(message);
		await quick.drain();
		expect(quick.row("r")).toMatchObject({ state: "SUCCESS", result: { json: '"done after all"' } });
	});

	it("does not begin its next attempt when it failed before it was told", async () => {
		const world = engineWorld(async (_, context) => {
			if (context.attempt === 1) await revoke(world);
			return flaky(1)();
		});
		await world.send(message);
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "wrong customer" });
	});

	it("ends when its worker is lost, or at once when that is known", async () => {
		const told = engineWorld(() => new Promise(() => {}), { autoAdvance: false });
		await told.send(message);
		const worker = told.mortalWorker();
		void told.deliver(await told.receive(), worker.worker);
		await told.clock.advance(10);
		worker.kill();
		expect(await revoke(told)).toEqual({ outcome: "stopping" });
		await told.clock.advance(130_000);
		void told.deliver(await told.receive());
		await told.clock.advance(10);
		expect(told.row("r")).toMatchObject({ state: "REVOKED", reason: "wrong customer" });
		expect(told.performed).toEqual(["r#1"]);

		const known = engineWorld(() => new Promise(() => {}), { autoAdvance: false });
		await known.send(message);
		void known.deliver(await known.receive(), known.mortalWorker().worker);
		await known.clock.advance(10);
		known.clock.jumpTo((known.clock.now() + 100_000) as ReturnType<typeof known.clock.now>);
		expect(await revoke(known)).toEqual({ outcome: "revoked" });
	});

	it("that has ended stays as it ended", async () => {
		const world = engineWorld(ok);
		await world.send(message);
		await world.drain();
		expect(await revoke(world)).toEqual({ outcome: "ended", state: "SUCCESS" });
		expect(world.row("r")?.state).toBe("SUCCESS");
	});
});
