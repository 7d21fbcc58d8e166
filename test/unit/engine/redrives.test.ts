/** The whole engine on memory adapters: runs that are redriven, past their deadline or after they were revoked. */
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { revokeRun } from "../../../shared/engine/revoke-run.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	rateLimit,
	retryPolicy,
	singleton,
} from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { flaky, ok } from "../../support/engine-work.ts";
import { engineWorld } from "../../support/engine-world.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

const message = { job: "work", input: { n: 1 }, id: "r" };
type World = ReturnType<typeof engineWorld>;
const revoke = (world: World) =>
	revokeRun({ store: world.store, clock: world.clock, random: createSeededRandom(9) }, runId("r"), "wrong customer");

/** The first run fails, and all that come later take 40 s. */
function waiting(limits: Partial<Parameters<typeof defineJob>[0]>) {
	const queueClass = defineQueueClass({ name: "standard", promise: "p" });
	const job = defineJob({
		...{ description: "d", name: "held", queueClass, input: z.unknown(), output: z.unknown() },
		retry: retryPolicy({ retriesMax: 0 }),
		...limits,
	});
	const workers = defineWorkerGroup({ name: "workers", queueClasses: [queueClass] });
	let begun = 0;
	const world = engineWorld(async () => {}, {
		worker: {
			catalogue: defineCatalogue({ workerGroups: [workers], jobs: [job] }),
			implementations: {
				held: async () => {
					if (begun++ === 0) throw new Error("downstream is out");
					await world.clock.sleep(40_000);
				},
			},
		},
	});
	return world;
}

describe("a redrive past expiresAt", () => {
	it("performs a run that had failed before its deadline", async () => {
		const world = engineWorld(flaky(3));
		await world.send({ ...message, expiresAt: "2026-11-20T09:05:00.000Z" });
		await world.drain();
		expect(world.letters()).toMatchObject([{ reason: "attempts-exhausted" }]);
		await world.clock.advance(600_000);
		await world.redrive();
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 2 });
	});

	it("performs a run that came too late", async () => {
		const world = engineWorld(ok);
		await world.send({ ...message, expiresAt: "2026-11-20T08:00:00.000Z" });
		await world.drain();
		expect(world.letters()).toMatchObject([{ reason: "already-expired" }]);
		await world.redrive();
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});
});

describe("a revoke of a run that has failed (INV-12)", () => {
	it("keeps a redrive that was sent before from performing, and not one that is sent after", async () => {
		const world = engineWorld(flaky(3));
		await world.send(message);
		await world.drain();
		const letter = world.letters()[0]?.body ?? "";
		await world.redrive();
		expect(await revoke(world)).toEqual({ outcome: "revoked" });
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2", "r#3"]);
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "wrong customer", generation: 2, attempts: 0 });
		await world.clock.advance(1);
		await world.send(letter);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 3, attempts: 1 });
	});

	it.each([
		["its turn", { rateLimit: rateLimit("1/m") }, {}],
		["its place", { concurrency: singleton() }, {}],
		["its time", {}, { notBefore: "2026-11-20T09:30:00.000Z" }],
	])("lets a redrive that is sent after perform, though it waits for %s first", async (_, limits, more) => {
		const world = waiting(limits);
		await world.send({ job: "held", id: "r" });
		await world.drain();
		const [letter] = world.letters();
		expect(await revoke(world)).toEqual({ outcome: "revoked" });
		await world.clock.advance(120_000);
		await world.send({ job: "held", id: "other" }, { ...JSON.parse(letter?.body ?? ""), ...more });
		await world.drain();
		expect(world.telemetry.named("run.deferred")).not.toEqual([]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 3, attempts: 1 });
	});

	it("changes nothing for a message that was refused: nobody has begun it", async () => {
		const world = engineWorld(ok);
		await world.send({ ...message, input: { n: "one" } });
		await world.drain();
		expect(await revoke(world)).toEqual({ outcome: "ended", state: "FAILURE" });
	});
});
