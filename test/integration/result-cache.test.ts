/** A result cache on the real local stack: real worker processes, real queues and table, judged by what the jobs themselves wrote down. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { cachedCatalogue, countCommits, push } from "../support/cached/catalogue.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

it("computes once for many that ask, and again after each change of the data", async () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-cached-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const [commits, journal] = [join(folder, "commits"), join(folder, "journal")];
	for (const file of [commits, journal]) writeFileSync(file, "");
	await synthesizePlatform({
		catalogue: cachedCatalogue,
		workers: {
			repositories: {
				entry: new URL("../support/cached/worker.ts", import.meta.url),
				environment: { CACHED_COMMITS: commits, CACHED_JOURNAL: journal },
			},
		},
		outFolder: join(folder, "cdk.out"),
	});
	const stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out") });
	onTestFinished(() => stack.stop());
	const platform = openLocalPlatform(stack);
	const client = createClient({ ...platform, catalogue: cachedCatalogue });
	const count = async (repository_id: number) => {
		const { id } = await client.enqueue(countCommits, { repository_id });
		const view = await client.wait(id, { timeoutSeconds: 60 });
		const { commits: counted } = await client.result(countCommits, id);
		return { id, counted, from: "cached_from" in view ? view.cached_from : undefined };
	};
	const pushTo = async (repository_id: number): Promise<void> => {
		const { id } = await client.enqueue(push, { repository_id });
		await client.wait(id, { timeoutSeconds: 60 });
	};
	const performed = (): number => readFileSync(journal, "utf8").split("\n").length - 1;

	const first = await count(7);
	expect(first).toMatchObject({ counted: 0, from: undefined });
	expect(await count(7)).toMatchObject({ counted: 0, from: first.id });
	expect(performed()).toBe(1);

	for (const pushes of [1, 2, 3]) {
		await pushTo(7);
		expect(await count(7)).toMatchObject({ counted: pushes, from: undefined });
		expect(await count(7)).toMatchObject({ counted: pushes, from: expect.any(String) });
	}
	expect(performed()).toBe(4);

	// Another repository's results were not touched, nor will they be.
	const other = await count(8);
	await client.cache.invalidate(["repository:7"]);
	expect(await count(8)).toMatchObject({ counted: 0, from: other.id });
	await client.cache.clear(countCommits, { input: { repository_id: 8, branch: "main" } });
	expect(await count(8)).toMatchObject({ counted: 0, from: undefined });
	expect(performed()).toBe(6);

	// All at once, while one may perform.
	await client.cache.clear("count_commits");
	const ids = await client.enqueueMany(
		countCommits,
		Array.from({ length: 40 }, () => ({ input: { repository_id: 9 } })),
	);
	const views = await Promise.all(ids.map(({ id }) => client.wait(id, { timeoutSeconds: 60 })));
	expect(views.map(({ state }) => state)).toEqual(Array.from({ length: 40 }, () => "SUCCESS"));
	expect(views.filter((view) => "cached_from" in view && view.cached_from !== undefined)).toHaveLength(39);
	expect(performed()).toBe(7);
});
