/** Whoever changes what a cached result was computed from: before and after it, somebody asks for the result. */
import { mainOf, type World } from "../world.ts";
import { besides, clientOf } from "./operate.ts";
import { produceOne } from "./produce.ts";
import type { StepKind } from "./step.ts";

async function ask(world: World, name: string, n: number): Promise<void> {
	const tenant = world.draw.chance(`${name} tenant`, 0.5) ? { tenant: "acme" } : {};
	const body = JSON.stringify({ job: "cached", input: { request: "the same", n }, id: `c-${name}`, ...tenant });
	await world.send(mainOf("standard"), body);
}

export const invalidate: StepKind = {
	name: "invalidate a result",
	weight: 4,
	async take(world, name) {
		if (!world.features.cache) return produceOne(world, name);
		const { draw } = world;
		const n = draw.int(`${name} n`, 2);
		if (draw.chance(`${name} before`, 0.7)) await ask(world, `${name}a`, n);
		world.see({ kind: "invalidating", n, call: name });
		const invalidated = clientOf(world, name).cache.invalidate([`number ${n}`]);
		besides(
			world,
			invalidated.then(() => world.see({ kind: "invalidated", n, call: name })),
		);
		if (draw.chance(`${name} at once`, 0.3)) await ask(world, `${name}b`, n);
		await world.clock.advance(draw.unit(`${name} then`) * 20_000);
		await ask(world, `${name}c`, n);
	},
};
