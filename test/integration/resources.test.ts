/** Resources of worker processes on the real local stack: started once each, stopped in reverse when the process is told to end, no batch cut. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { query, resourceCatalogue } from "../support/resource-run/catalogue.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

interface Line {
	readonly event: string;
	readonly pid: number;
}

it("starts a resource once a process, tries a failed start again, and stops it after the batch in progress", async () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-resources-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const journal = join(folder, "journal.ndjson");
	writeFileSync(journal, "");
	const lines = (): readonly Line[] =>
		readFileSync(journal, "utf8")
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line));
	const eventsOf = (pid: number): readonly string[] =>
		lines()
			.filter((line) => line.pid === pid)
			.map(({ event }) => event);
	await synthesizePlatform({
		catalogue: resourceCatalogue,
		workers: {
			shared: {
				entry: new URL("../support/resource-run/worker.ts", import.meta.url),
				environment: { RESOURCE_JOURNAL: journal },
			},
		},
		outFolder: join(folder, "cdk.out"),
	});
	const stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out") });
	onTestFinished(() => stack.stop());
	const platform = openLocalPlatform(stack);
	const client = createClient({ ...platform, catalogue: resourceCatalogue });
	const ids = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

	// Ten at once in a process that has no connection yet, where the first try of all fails.
	const first = ids("first", 10);
	await client.enqueueMany(
		query,
		first.map((id) => ({ id, input: { work_ms: 10 } })),
	);
	await stack.idle();
	const views = await client.statusMany(first);
	expect(new Set(views.map((view) => view?.state))).toEqual(new Set(["SUCCESS"]));
	// Those that shared the failed start have failed alike, and were tried again.
	expect(Math.max(...views.map((view) => (view !== undefined && "attempts" in view ? view.attempts : 0)))).toBe(2);
	const pids = [...new Set(lines().map(({ pid }) => pid))];
	for (const pid of pids) {
		const events = eventsOf(pid);
		// At the cold start, before anybody asked.
		expect(events[0]).toBe("start secrets");
		for (const event of ["start secrets", "start database"])
			expect(events.filter((other) => other === event).length, `${event} of ${pid}`).toBeLessThanOrEqual(1);
	}
	expect(lines().filter(({ event }) => event === "fail database")).toHaveLength(1);

	// A process that is told to end in the middle of its batch.
	const before = lines().length;
	await client.enqueue(query, { work_ms: 600 }, { id: "long" });
	const busy = await vi.waitFor(() => {
		const begun = lines()
			.slice(before)
			.find(({ event }) => event === "begin");
		if (begun === undefined) throw new Error("It has not begun");
		return begun.pid;
	}, 60_000);
	process.kill(busy, "SIGTERM");
	await vi.waitFor(
		() => expect(eventsOf(busy).slice(-4)).toEqual(["begin", "end", "stop database", "stop secrets"]),
		60_000,
	);
	await stack.idle();
	// Not cut: by its first attempt, in that process.
	expect(await client.status("long")).toMatchObject({ state: "SUCCESS", attempts: 1, result: { pid: busy } });

	// The others, idle by now, are ended with the stack.
	await stack.stop();
	const started = lines().filter(({ event }) => event === "start database");
	for (const { pid } of started) expect(eventsOf(pid).slice(-2), `${pid}`).toEqual(["stop database", "stop secrets"]);
	expect(started.length).toBeGreaterThan(0);
});
