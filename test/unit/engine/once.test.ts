/** The whole engine on memory adapters: effects that later attempts don't repeat. */
import { expect, it } from "vitest";
import { JobError } from "../../../shared/job/index.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { engineWorld } from "../../support/engine-world.ts";
import { createMemoryEffectStore } from "../../support/memory-effect-store.ts";

const message = { job: "work", input: { n: 1 }, id: "r" };

it("performs an effect once over attempts and redrives, and gives its result to each", async () => {
	let charged = 0;
	const seen: unknown[] = [];
	const world = engineWorld(async (_, context) => {
		seen.push(await context.once("charge", async () => ({ receipt: ++charged })));
		throw new JobError("database", "after the charge");
	});
	await world.send(message);
	await world.drain();
	await world.redrive();
	await world.drain();
	expect(world.performed).toEqual(["r#1", "r#2", "r#3", "r#1", "r#2", "r#3"]);
	expect(seen).toEqual(Array.from({ length: 6 }, () => ({ receipt: 1 })));
	expect(charged).toBe(1);
});

it("performs it again in the attempt after one in which it failed, and for another key or run", async () => {
	const effects: string[] = [];
	const world = engineWorld(async (_, context) => {
		await context.once("a", async () => {
			effects.push(`${context.runId} a`);
			if (context.attempt === 1) throw new JobError("database", "not yet");
		});
		await context.once("b", async () => effects.push(`${context.runId} b`));
	});
	await world.send(message, { ...message, id: "s" });
	await world.drain();
	expect(effects.sort()).toEqual(["r a", "r a", "r b", "s a", "s a", "s b"]);
});

it("shares one effect between two calls with one key, and takes nothing for null", async () => {
	let performed = 0;
	const world = engineWorld(async (_, context) => {
		const effect = async () => void performed++;
		return Promise.all([context.once("k", effect), context.once("k", effect)]);
	});
	await world.send(message);
	await world.drain();
	expect(performed).toBe(1);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", result: { json: "[null,null]" } });
});

it.each<[string, string, unknown]>([
	["an empty key", "", 1],
	["a key that is too long", "k".repeat(129), 1],
	["a result that is no JSON", "k", 1n],
])("refuses %s", async (_, key, result) => {
	const world = engineWorld(async (_input, context) => context.once(key, async () => result));
	await world.send(message);
	await world.drain();
	expect(world.row("r")).toMatchObject({
		state: "FAILURE",
		reason: "final-error",
		error: { errorClass: "validation" },
	});
});

it("performs it again for a later run of the same key, also in that one's redrive", async () => {
	const effects: number[] = [];
	let failing = false;
	const world = engineWorld(async (_, context) => {
		if (failing) throw new JobError("api", "402", { retryable: false });
		await context.once("charge", async () => effects.push(world.clock.now()));
	});
	const daily = { job: "work", key: "customer-7", input: { n: 1 } };
	await world.send(daily);
	await world.drain();
	await world.clock.advance(3 * 86_400_000);
	failing = true;
	await world.send(daily);
	await world.drain();
	expect(effects).toHaveLength(1);
	failing = false;
	await world.redrive();
	await world.drain();
	expect(effects).toEqual([1_795_165_200_000, 1_795_165_200_000 + 3 * 86_400_000]);
});

it.each([
	["says when its run was born", (letter: { readonly born?: number }) => letter],
	["of an older version does not", ({ born: _, ...letter }: { readonly born?: number }) => letter],
])("recalls it in redrives after the row is forgotten, where the letter %s", async (_, edit) => {
	let charged = 0;
	const world = engineWorld(async (_input, context) => {
		await context.once("charge", async () => ++charged);
		throw new JobError("api", "after the charge", { retryable: false });
	});
	await world.send(message);
	await world.drain();
	for (const day of [1, 2]) {
		const letter: object = edit(JSON.parse(world.letters().at(-1)?.body ?? ""));
		await world.clock.advance(2 * 86_400_000);
		await world.send(letter);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", generation: day + 1 });
	}
	expect(charged).toBe(1);
});

it("gives a redrive what is kept although its store can note nothing then, and tells that", async () => {
	const memory = createMemoryEffectStore();
	const effects = {
		...memory,
		noteRow: () => Promise.reject(new MillraceError("store-failed", "throttled")),
	};
	const seen: unknown[] = [];
	let charged = 0;
	const world = engineWorld(
		async (_input, context) => {
			seen.push(await context.once("charge", async () => ++charged));
			throw new JobError("api", "after the charge", { retryable: false });
		},
		{ worker: { effects } },
	);
	await world.send(message);
	await world.drain();
	await world.clock.advance(2 * 86_400_000);
	await world.redrive();
	await world.drain();
	expect(seen).toEqual([1, 1]);
	expect(world.row("r")).toMatchObject({ state: "FAILURE", error: { excMessage: "after the charge" } });
	expect(world.telemetry.named("effect.failed")).toMatchObject([{ runId: "r", job: "work", why: "throttled" }]);
});

it.each([
	["kept by the first", "kept", ["kept", "kept", "kept"]],
	["that the redrive of the first kept", "none", ["none", "revived", "revived"]],
])(
	"recalls an effect %s for the letters of two runs of one name, as soon as one has met the other",
	async (_, of, told) => {
		const seen: unknown[] = [];
		let now: string | undefined = of;
		const world = engineWorld(async (_input, context) => {
			const effect = now;
			if (effect === "none") seen.push(effect);
			else if (effect !== undefined) seen.push(await context.once("charge", async () => effect));
			throw new JobError("api", "after the charge", { retryable: false });
		});
		await world.send(message);
		await world.drain();
		await world.clock.advance(2 * 86_400_000);
		now = undefined;
		await world.send(message);
		await world.drain();
		const [first, second] = world.letters().map(({ body }): object => JSON.parse(body));
		if (first === undefined || second === undefined) throw new Error("no letters");
		now = "revived";
		await world.send(first);
		await world.drain();
		now = "revived by the other";
		await world.send({ ...second, generation: 3 });
		await world.drain();
		expect(seen).toEqual(told);
	},
);

it("recalls it in a retry that waited for four days in the queue of a paused class", async () => {
	const receipts: unknown[] = [];
	const world = engineWorld(async (_, context) => {
		receipts.push(await context.once("charge", async () => receipts.length));
		if (context.attempt === 1) throw new JobError("database", "after the charge");
	});
	await world.send(message);
	await world.step();
	await world.clock.advance(4 * 86_400_000);
	await world.drain();
	expect(receipts).toEqual([0, 0]);
});

it("recalls it in the attempt after a worker was lost and its class paused for three days", async () => {
	const receipts: unknown[] = [];
	const world = engineWorld(async (_, context) => {
		receipts.push(await context.once("charge", async () => receipts.length));
		if (context.attempt === 1) dying.kill();
	});
	const dying = world.mortalWorker();
	await world.send(message);
	void world.deliver(await world.receive(), dying.worker);
	while (!dying.dead) await world.clock.advance(1_000);
	await world.clock.advance(3 * 86_400_000);
	await world.drain();
	expect(receipts).toEqual([0, 0]);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
});
