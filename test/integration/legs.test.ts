/** A job that takes several times as long as its function may, on the real local stack with real timeouts. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalStack, startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { countTask, legsCatalogue } from "../support/legs/catalogue.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

const folder = join(import.meta.dirname, "../../build/test-legs");
let stack: LocalStack;

beforeAll(async () => {
	await synthesizePlatform({
		catalogue: legsCatalogue,
		workers: { patient: { entry: new URL("../support/legs/worker.ts", import.meta.url) } },
		outFolder: join(folder, "cdk.out"),
		edits: { timeoutSeconds: 5 },
	});
	stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out") });
}, 60_000);
afterAll(async () => {
	await stack.stop();
	await rm(folder, { recursive: true, force: true });
});

it("performs an attempt of 5 s in functions that have 2 s each, every step once", { timeout: 60_000 }, async () => {
	const platform = openLocalPlatform(stack);
	const client = createClient({ ...platform, catalogue: legsCatalogue });
	const { id } = await client.enqueue(countTask, { to: 50 });
	const ended = await client.wait(id, { timeoutSeconds: 50 });
	expect(ended).toMatchObject({ state: "SUCCESS", attempts: 1 });
	const { counted, legs } = await client.result(countTask, id);
	expect(counted).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
	expect(legs.length).toBeGreaterThanOrEqual(3);
	expect(legs).toEqual(legs.map((_, index) => index + 1));
});
