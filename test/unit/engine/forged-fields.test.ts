/** The whole engine on memory adapters: what a sender can do to a run whose id it knows, by fields that are the engine's own. */
import { expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, JobError, singleton } from "../../../shared/job/index.ts";
import { flaky } from "../../support/engine-work.ts";
import { engineWorld, main } from "../../support/engine-world.ts";

const START = 1_795_165_200_000;

it("can't begin a generation whose letter could never be redriven", async () => {
	const world = engineWorld(async () => {
		throw new JobError("api", "402", { retryable: false });
	});
	await world.send({ job: "work", id: "r", input: { n: 1 } });
	await world.drain();
	await world.send({ job: "work", id: "r", input: { n: 2 }, generation: Number.MAX_SAFE_INTEGER });
	await world.drain();
	expect(world.performed).toEqual(["r#1"]);
	expect(world.row("r")).toMatchObject({ state: "FAILURE", generation: 1, reason: "final-error" });
	expect(world.letters()).toMatchObject([{ reason: "final-error" }, { reason: "message-invalid-field" }]);
	await world.send(JSON.parse(world.letters()[0]?.body ?? ""));
	await world.drain();
	expect(world.performed).toEqual(["r#1", "r#1"]);
	expect(world.row("r")).toMatchObject({ generation: 2 });
});

it.each([2, 3])("can't have the next attempt performed before its time, as attempt %i", async (attempt) => {
	const starts: number[] = [];
	const work = flaky(1);
	const world = engineWorld(async () => {
		starts.push((world.clock.now() - START) / 1000);
		return work();
	});
	await world.send({ job: "work", id: "r", input: { n: 1 } });
	await world.step();
	await world.send({ job: "work", id: "r", input: { n: 1 }, attempt, hops: 1 });
	await world.step();
	expect(starts).toEqual([0]);
	expect(world.row("r")).toMatchObject({ state: "RETRY", attempts: 1 });
	await world.drain();
	expect(starts).toEqual([0, 10]);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
});

it("can't take from a run the place that it keeps between two legs, by a late copy of the leg before", async () => {
	const queueClass = defineQueueClass({ name: "standard", promise: "p" });
	const job = defineJob({
		...{ description: "d", name: "work", queueClass, input: z.unknown(), output: z.unknown(), checkpoints: true },
		concurrency: singleton(),
		timeLimits: { softSeconds: 2400, hardSeconds: 3000 },
	});
	const workers = defineWorkerGroup({ name: "workers", queueClasses: [queueClass] });
	const order: string[] = [];
	const world = engineWorld(
		async (_, context) => {
			order.push(`${context.runId}.${context.leg}`);
			if (context.runId !== "long" || context.leg === 3) return;
			await context.checkpoint("begun");
			await world.clock.sleep(50_000);
			await context.checkpoint(context.leg);
		},
		{ worker: { catalogue: defineCatalogue({ workerGroups: [workers], jobs: [job] }) } },
	);
	await world.send({ job: "work", id: "long" });
	await world.step();
	const { received: leg2 } = await world.step();
	const leg3 = await world.receive();
	await world.send(JSON.parse(leg2[0]?.body ?? ""), { job: "work", id: "neighbour" });
	await world.step();
	expect(order).toEqual(["long.1", "long.2"]);
	await world.deliver(leg3);
	expect(order).toEqual(["long.1", "long.2", "long.3"]);
	await world.queue.remove(
		main,
		leg3.map(({ receiptHandle }) => receiptHandle),
	);
	await world.drain();
	expect(order).toContain("neighbour.1");
});
