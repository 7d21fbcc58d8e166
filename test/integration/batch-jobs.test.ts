/** Batch jobs and debounced jobs on the real local stack: real worker processes, real queues and table. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { batchCatalogue, indexDocuments, renderPage } from "../support/batch-run/catalogue.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

it("performs runs together and settles each alone, and performs only the last of a debounced key", async () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-batch-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	await synthesizePlatform({
		catalogue: batchCatalogue,
		workers: { bulk: { entry: new URL("../support/batch-run/worker.ts", import.meta.url) } },
		outFolder: join(folder, "cdk.out"),
	});
	const stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out") });
	onTestFinished(() => stack.stop());
	const platform = openLocalPlatform(stack);
	const client = createClient({ ...platform, catalogue: batchCatalogue });

	const documents = Array.from({ length: 40 }, (_, n) => ({ id: `document-${n}`, input: { n } }));
	await client.enqueueMany(indexDocuments, documents);
	const pages = ["home", "about"].flatMap((page) =>
		Array.from({ length: 5 }, (_, n) => ({ id: `${page}-${n}`, input: { page, text: `version ${n}` } })),
	);
	// One after another: the last is the one that was sent last.
	for (const { id, input } of pages) await client.enqueue(renderPage, input, { id });
	await stack.idle();

	const indexed = await client.statusMany(documents.map(({ id }) => id));
	const together: number[] = [];
	for (const view of indexed) {
		if (view?.state === "SUCCESS") together.push((view.result as { together: number }).together);
		else expect(view).toMatchObject({ state: "FAILURE", meta: { exc_message: "No such document" } });
	}
	expect(Math.max(...together)).toBeGreaterThan(2);
	expect(Math.max(...together)).toBeLessThanOrEqual(8);
	// One of each call of three or more.
	expect(indexed.filter((view) => view?.state === "FAILURE").length).toBeGreaterThanOrEqual(40 / 8 - 1);

	for (const page of ["home", "about"]) {
		const views = await client.statusMany(Array.from({ length: 5 }, (_, n) => `${page}-${n}`));
		expect(views.map((view) => view?.state)).toEqual(["SKIPPED", "SKIPPED", "SKIPPED", "SKIPPED", "SUCCESS"]);
		expect(views[4]).toMatchObject({ result: `${page}: version 4` });
		for (const view of views.slice(0, 4))
			expect(view).toMatchObject({ meta: { reason: expect.stringMatching(/^debounced_by: /) } });
	}
});
