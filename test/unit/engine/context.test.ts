/** What an implementation is given, as a team may hand it on: as it is, copied, or under a wrapper of its own. */
import { expect, it } from "vitest";
import type { JobContext } from "../../../shared/job/index.ts";
import { engineWorld } from "../../support/engine-world.ts";

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ways: Readonly<Record<string, (context: JobContext) => JobContext>> = {
	"the context itself": (context) => context,
	"a copy": (context) => ({ ...context }),
	"an object that inherits from it": (context) => Object.create(context),
	"a proxy": (context) => new Proxy(context, {}),
	"a proxy that reads names as text": (context) =>
		new Proxy(context, {
			get: (target, name, proxy) => Reflect.get(target, `${name as string}`, proxy),
		}),
	"a copy of its descriptors by name": (context) => {
		const copy = {};
		for (const name of Object.getOwnPropertyNames(context))
			Object.defineProperty(copy, name, Object.getOwnPropertyDescriptor(context, name) ?? {});
		return copy as JobContext;
	},
	"what was given its entries": (context) =>
		Object.defineProperties(
			{},
			Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(context))),
		) as JobContext,
};

for (const [way, wrap] of Object.entries(ways)) {
	it(`tells trace, signal and run through ${way}`, async () => {
		const told: { trace: string; aborted: boolean; runId: string; same: boolean }[] = [];
		const world = engineWorld(async (_, context) => {
			const { trace, signal, runId } = wrap(context);
			told.push({ trace, aborted: signal.aborted, runId, same: signal === context.signal });
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r", trace });
		await world.drain();
		expect(told).toEqual([
			{
				trace: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/),
				aborted: false,
				runId: "r",
				same: true,
			},
		]);
	});
}

it("names what it tells, and not what it computes that with", async () => {
	let names: readonly string[] = [];
	const world = engineWorld(async (_, context) => {
		names = Reflect.ownKeys({ ...context }).map(String);
	});
	await world.send({ job: "work", input: { n: 1 }, id: "r" });
	await world.drain();
	expect(names.toSorted()).toEqual([
		...["attempt", "attemptsMax", "checkpoint", "cursor", "enqueue", "headers", "idempotencyKey", "invalidateCache"],
		...["job", "leg", "log", "once", "progress", "remainingMs", "runId", "signal", "tenant", "trace"],
	]);
});
