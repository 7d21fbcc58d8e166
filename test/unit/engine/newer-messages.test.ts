/** While a deploy goes on, a worker of the old version may be handed what one of the new version has sent on: it must not end the run. */
import { expect, it } from "vitest";
import { engineWorld } from "../../support/engine-world.ts";

const ok = async () => "done";
const newer = { job: "work", input: { n: 1 }, id: "r", attempt: 2, generation: 1, hops: 1, fieldOfTomorrow: { a: 1 } };

it("leaves such a message in the queue, for a worker that knows it", async () => {
	const world = engineWorld(ok);
	await world.send(newer);
	const { keptMessageIds } = await world.step();
	expect(keptMessageIds).toHaveLength(1);
	expect(world.letters()).toEqual([]);
	expect(world.row("r")).toBeUndefined();
	expect(world.telemetry.named("message.kept")[0]?.why).toMatch(
		/Unknown field "fieldOfTomorrow".*kept for one of those/,
	);
});

it("refuses it with the reason once no such worker has come", async () => {
	const world = engineWorld(ok);
	await world.send(newer);
	await world.drain();
	expect(world.letters()).toMatchObject([{ reason: "message-unknown-field" }]);
	expect(world.telemetry.named("message.kept")).toHaveLength(3);
});

it.each([
	["a producer's", { job: "work", input: { n: 1 }, id: "r", fieldOfTomorrow: 1 }],
	["one with a place in the chain that is none", { ...newer, hops: "1" }],
])("refuses %s unknown field at once", async (_, message) => {
	const world = engineWorld(ok);
	await world.send(message);
	await world.step();
	expect(world.letters()).toMatchObject([{ reason: "message-unknown-field" }]);
});
