/** What jobs do by `ctx.once`: effects that are seen, that fail, take their time, and are asked for twice at once. */
import { type JobContext, JobError } from "../../shared/job/index.ts";
import type { Expected } from "./history.ts";
import type { World } from "./world.ts";

/** Of a performance, as behaviours.ts has it. */
interface Scene {
	readonly world: World;
	readonly name: string;
	readonly rank: number;
	readonly context: JobContext;
	expect(expected: Expected): void;
}

const keys = ["charge", "mail"];

/** Whatever it comes to, the attempt goes on only when each of its effects has been kept. */
export async function keepEffects(scene: Scene): Promise<void> {
	const { world, name, expect } = scene;
	for (const key of keys) {
		if (!world.draw.happens(`${name}: does its ${key} once`, 0.5)) continue;
		// The store may fail it.
		expect("retry");
		const twice = world.draw.happens(`${name}: asks for its ${key} twice`, 0.2);
		await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => keepOne(scene, key)));
	}
}

async function keepOne({ world, name, rank, context }: Scene, key: string): Promise<void> {
	const { draw, clock } = world;
	const runId = String(context.runId);
	const asked = clock.now();
	let nth = 0;
	const value = await context.once(key, async () => {
		const done = `${key} of ${runId} by ${name}, ${++nth}`;
		if (!world.mended && draw.chance(`${name} ${key} takes its time`, 0.5))
			await clock.sleep(draw.unit(`${name} ${key} time`) * 4_000);
		const failed = !world.mended && draw.happens(`${name}: its ${key} fails`, 0.1);
		world.see({ kind: "effect", runId, key, value: done, asked, of: name, rank, failed });
		if (failed) throw new JobError("api", "refused");
		return done;
	});
	world.see({ kind: "once", runId, key, value });
}
