/** The whole engine on memory adapters: a run that has begun is not skipped by a copy of its first message, which knows nothing of that. */
import { expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, singleton } from "../../../shared/job/index.ts";
import type { ReceivedMessage } from "../../../shared/ports/queue-operator.ts";
import { engineWorld, main } from "../../support/engine-world.ts";

/** Of which one performs, in legs, and a second one is skipped. */
function skipping() {
	const queueClass = defineQueueClass({ name: "standard", promise: "p" });
	const job = defineJob({
		...{ description: "d", name: "long", queueClass, input: z.unknown(), output: z.unknown(), checkpoints: true },
		concurrency: singleton({ whenBusy: "skip" }),
		timeLimits: { softSeconds: 2400, hardSeconds: 3000 },
	});
	const workers = defineWorkerGroup({ name: "workers", queueClasses: [queueClass] });
	const world = engineWorld(async () => {}, {
		worker: { catalogue: defineCatalogue({ workerGroups: [workers], jobs: [job] }) },
		long: async (context) => {
			if (context.runId !== "r") return world.clock.sleep(30_000);
			if (context.leg === 2) return "done";
			await world.clock.sleep(50_000);
			return context.checkpoint("half");
		},
	});
	const remove = (received: readonly ReceivedMessage[]) =>
		world.queue.remove(
			main,
			received.map(({ receiptHandle }) => receiptHandle),
		);
	return { world, remove };
}

it.each([
	["its own message", false],
	["the copy, which is all that is left of it", true],
])("a run between two legs, of which a copy finds another run in its place, goes on with %s", async (_, alone) => {
	const { world, remove } = skipping();
	await world.send({ job: "long", id: "r" }, { job: "long", id: "r" });
	const [first, copy] = await world.receive();
	if (first === undefined || copy === undefined) throw new Error("no messages");
	await world.deliver([first]);
	expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 2 });
	const leg = await world.receive();
	expect(leg).toMatchObject([{ body: expect.stringContaining('"leg":{"number":2') }]);
	await remove([first, ...(alone ? leg : [])]);
	// Longer than the place is kept, and than a copy waits for the leg.
	await world.clock.advance(310_000);
	await world.send({ job: "long", id: "neighbour" });
	const [neighbour] = (await world.receive()).filter(({ body }) => body.includes("neighbour"));
	if (neighbour === undefined) throw new Error("no neighbour");
	const performing = world.deliver([neighbour]);
	await world.clock.advance(1_000);
	expect(await world.deliver([copy])).toEqual({ keptMessageIds: [] });
	expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 2 });
	await performing;
	await remove([copy, neighbour]);
	await world.drain();
	expect(world.performed).toEqual(["r#1.1", "neighbour#1.1", "r#1.2"]);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1, leg: 2 });
});
