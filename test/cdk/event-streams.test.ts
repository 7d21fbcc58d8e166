/** Which bundles have the SDK's event streams, and that the bundler's guess about it decides nothing but the time it takes. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { alertsEntry, apiEntry, deployHookEntry, sweeperEntry, widgetsEntry } from "../../cdk/bundle/own-entries.ts";
import type { WorkerEntry } from "../../cdk/bundle/worker-bundle.ts";

// Files share their modules: another one may have loaded the bundler with an esbuild that nobody watches.
vi.resetModules();
vi.doMock(import("esbuild"), { spy: true });
const { build } = await import("esbuild");
const { bundleWorkers } = await import("../../cdk/bundle/bundle-workers.ts");

const outFolder = mkdtempSync(join(tmpdir(), "millrace-event-streams-"));
afterAll(() => {
	rmSync(outFolder, { recursive: true, force: true });
	vi.doUnmock("esbuild");
	vi.resetModules();
});
beforeEach(() => void vi.mocked(build).mockClear());

/** Other calls pass single files through esbuild. */
const bundlings = (): number => vi.mocked(build).mock.calls.filter(([{ bundle }]) => bundle).length;

/** Hashes by file name, and whether the code of event streams is in any of them. */
async function bundled(entry: WorkerEntry) {
	const [bundle] = await bundleWorkers([entry], { outFolder });
	const folder = bundle?.folder ?? "";
	const files = readdirSync(folder).map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
	return {
		hashes: files.map(({ file, text }) => `${file} ${createHash("sha256").update(text).digest("hex")}`),
		streams: files.some(({ text }) => text.includes(":event-type")),
	};
}

it.each([
	{ worker: "queue-worker", streams: false },
	{ worker: "streaming-worker", streams: true },
])("$worker has the same files whatever was expected of it", async ({ worker, streams }) => {
	const entry = fileURLToPath(new URL(`fixture/${worker}.ts`, import.meta.url));
	const expected = await bundled({ group: `${worker}-expected`, entry, eventStreams: streams });
	expect(expected.streams).toBe(streams);
	expect(bundlings()).toBe(1);
	expect(await bundled({ group: `${worker}-unexpected`, entry, eventStreams: !streams })).toEqual(expected);
	expect(bundlings()).toBe(3);
});

it("the platform's own functions are bundled once each", async () => {
	const api = apiEntry({ entry: new URL("../../lambdas/api/api.ts", import.meta.url) });
	await bundleWorkers([sweeperEntry, alertsEntry, widgetsEntry, deployHookEntry, api], { outFolder });
	expect(bundlings()).toBe(5);
});
