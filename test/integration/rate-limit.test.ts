/** Rate limits held by four real processes on the local stack (INV-08), judged by what the jobs themselves wrote down. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LocalEvent } from "../../local/local-event.ts";
import { type LocalStack, startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { largestExcess } from "../support/rate-excess.ts";
import { pacedTask, rateCatalogue, sparseTask } from "../support/rate-run/catalogue.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

let folder: string;
let journal: string;
let stack: LocalStack;
const events: LocalEvent[] = [];
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "millrace-rate-"));
	journal = join(folder, "journal.ndjson");
	await writeFile(journal, "");
	const entry = new URL("../support/rate-run/worker.ts", import.meta.url);
	await synthesizePlatform({
		catalogue: rateCatalogue,
		workers: { paced: { entry, environment: { RATE_RUN_JOURNAL: journal } } },
		outFolder: join(folder, "cdk.out"),
	});
	stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out"), onEvent: (event) => events.push(event) });
});
afterAll(async () => {
	await stack.stop();
	await rm(folder, { recursive: true, force: true });
});

interface Start {
	readonly job: string;
	readonly run: string;
	readonly pid: number;
	readonly atMs: number;
}

const open = () => {
	const platform = openLocalPlatform(stack);
	return createClient({ ...platform, catalogue: rateCatalogue });
};

/** Performs so many runs, and tells what they wrote down and what the mapping handed over meanwhile. */
async function perform(job: typeof pacedTask | typeof sparseTask, runs: number) {
	const before = events.length;
	await open().enqueueMany(
		job.name,
		Array.from({ length: runs }, (_, n) => ({ id: `${job.name}-${n}`, input: { work_ms: 20 } })),
	);
	await stack.idle();
	const lines = (await readFile(journal, "utf8")).trim().split("\n");
	const starts = lines.map((line) => JSON.parse(line) as Start).filter((start) => start.job === job.name);
	expect(new Set(starts.map(({ run }) => run)).size).toBe(runs);
	expect(starts).toHaveLength(runs);
	const invocations = events.slice(before).filter((event) => event.type === "invocation-finished");
	return {
		times: starts.map(({ atMs }) => atMs),
		processes: new Set(starts.map(({ pid }) => pid)).size,
		invocations: invocations.length,
		delivered: invocations.reduce((sum, { records }) => sum + records, 0),
	};
}

/** Starts of what the limit allows between the first and the last. */
function used(times: readonly number[], limit: { readonly perSecond: number; readonly burst: number }): number {
	const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
	return times.length / (limit.burst + limit.perSecond * seconds);
}

it("of 50/s, burst 10, is never exceeded and at least 95 % used, with one message a run", async () => {
	const { times, processes, invocations, delivered } = await perform(pacedTask, 400);
	expect(processes).toBe(4);
	expect(largestExcess(times, { perSecond: 50, burst: 10 })).toBeLessThanOrEqual(0);
	expect(used(times, { perSecond: 50, burst: 10 })).toBeGreaterThan(0.95);
	// Forty runs wait in four workers: no slot is so far that a message is sent on. A receive and a delete for each batch of ten.
	expect(delivered).toBe(400);
	expect(invocations).toBeLessThanOrEqual(80);
	expect(await open().limits.get("paced_task")).toMatchObject({ override: null, waiting: 0 });
});

it("of 8/s, burst 3, is never exceeded and at least 95 % used, by messages that come back for their turn", async () => {
	const { times, delivered } = await perform(sparseTask, 80);
	expect(largestExcess(times, { perSecond: 8, burst: 3 })).toBeLessThanOrEqual(0);
	expect(used(times, { perSecond: 8, burst: 3 })).toBeGreaterThan(0.95);
	expect(delivered).toBeGreaterThan(100);
	expect(delivered).toBeLessThanOrEqual(160);
});
