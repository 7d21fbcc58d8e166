/**
 * The small forms of the bench's kill runs: SIGKILLs of worker processes in the middle of their work, judged by witnesses apart from the
 * engine. Most of their time they wait for leases to end, so they run side by side.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { runFeatureKills } from "../support/kill-features.ts";
import { runKills } from "../support/kill-run.ts";

const folder = (name: string): string => join(tmpdir(), `${name}-${process.pid}`);

describe.concurrent("when workers are killed", () => {
	it("loses nothing, performs nothing twice at once and settles nothing twice (INV-01, INV-02, INV-03)", async ({
		expect,
	}) => {
		const report = await runKills({ seed: 7, runs: 60, kills: 6, folder: folder("kill-run") });
		expect(report.violations).toEqual([]);
		expect(report.states).toEqual({ SUCCESS: 60 });
		expect(report.kills).toBe(6);
		// Else the blows fell beside the work and the test proved nothing.
		expect(report.performedAgain).toBeGreaterThan(0);
	});

	it("keeps every promise with every feature in use at once (INV-01 to INV-09)", async ({ expect }) => {
		const report = await runFeatureKills({ seed: 7, runs: 30, kills: 3, folder: folder("kill-features") });
		expect(report.violations).toEqual([]);
		expect(report.runs).toBe(36);
		expect(report.kills).toBe(3);
		expect((report.states["SUCCESS"] ?? 0) + (report.states["SKIPPED"] ?? 0)).toBe(36);
		expect(report).toMatchObject({ children: 6 });
		for (const seen of ["interrupted", "laterLegs", "effectsGivenAgain", "attemptsAgain"] as const)
			expect(report[seen], seen).toBeGreaterThan(0);
	}, 240_000);
});
