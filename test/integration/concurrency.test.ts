/** Concurrency limits on the real local stack: real worker processes, real queues and table, judged by what the jobs themselves wrote down. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { cappedCatalogue, cappedJobs } from "../support/capped/catalogue.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

interface Line {
	readonly event: "begin" | "end";
	readonly job: string;
	readonly key: string;
	readonly run: string;
	readonly pid: number;
	readonly atMs: number;
}

/** The most that performed at once, by the lines' own times. */
function mostAtOnce(lines: readonly Line[]): number {
	let now = 0;
	let most = 0;
	for (const { event } of lines.toSorted((one, other) => one.atMs - other.atMs)) {
		now += event === "begin" ? 1 : -1;
		most = Math.max(most, now);
	}
	return most;
}

const RUNS_OF_EACH = 120;
const WORK_MS = 30;

it("holds group caps of 1 and 3 and one run a key over several worker processes (INV-09)", async () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-capped-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const journal = join(folder, "journal.ndjson");
	writeFileSync(journal, "");
	const worker = {
		entry: new URL("../support/capped/worker.ts", import.meta.url),
		environment: { CAPPED_JOURNAL: journal },
	};
	await synthesizePlatform({
		catalogue: cappedCatalogue,
		workers: { keyed: worker, single: worker, triple: worker },
		outFolder: join(folder, "cdk.out"),
	});
	const stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out") });
	onTestFinished(() => stack.stop());
	const platform = openLocalPlatform(stack);
	const client = createClient({ ...platform, catalogue: cappedCatalogue });

	const ids: string[] = [];
	for (const jobs of Object.values(cappedJobs)) {
		for (const job of jobs) {
			const count = RUNS_OF_EACH / jobs.length;
			const runs = Array.from({ length: count }, (_, n) => ({
				id: `${job.name}-${n}`,
				input: { key: `key ${n % 4}`, work_ms: WORK_MS },
			}));
			ids.push(...runs.map(({ id }) => id));
			await client.enqueueMany(job, runs);
		}
	}
	await stack.idle();

	const lines: Line[] = readFileSync(journal, "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	const of = (group: keyof typeof cappedJobs): readonly Line[] =>
		lines.filter(({ job }) => cappedJobs[group].some(({ name }) => name === job));
	const processesOf = (group: keyof typeof cappedJobs): number => new Set(of(group).map(({ pid }) => pid)).size;
	expect(mostAtOnce(of("single"))).toBe(1);
	expect(mostAtOnce(of("triple"))).toBe(3);
	for (const key of ["key 0", "key 1", "key 2", "key 3"]) {
		expect(mostAtOnce(of("keyed").filter((line) => line.key === key)), key).toBe(1);
	}
	expect(mostAtOnce(of("keyed"))).toBeGreaterThan(1);
	// Else one process alone kept the limit, and the test proved nothing.
	expect(processesOf("single")).toBeGreaterThan(1);
	expect(processesOf("triple")).toBeGreaterThan(1);
	expect(processesOf("keyed")).toBeGreaterThan(1);

	expect(lines).toHaveLength(2 * 3 * RUNS_OF_EACH);
	const views = await client.statusMany(ids);
	expect(new Set(views.map((view) => view?.state))).toEqual(new Set(["SUCCESS"]));
});
