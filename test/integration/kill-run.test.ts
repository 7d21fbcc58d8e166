/** The small form of the bench's kill run: SIGKILLs of worker processes in the middle of their work, judged by witnesses apart from the engine. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runKills } from "../support/kill-run.ts";

it("loses nothing, performs nothing twice at once and settles nothing twice when workers are killed (INV-01, INV-02, INV-03)", async () => {
	const report = await runKills({ seed: 7, runs: 60, kills: 6, folder: join(tmpdir(), `kill-run-${process.pid}`) });
	expect(report.violations).toEqual([]);
	expect(report.states).toEqual({ SUCCESS: 60 });
	expect(report.kills).toBe(6);
	// Else the blows fell beside the work and the test proved nothing.
	expect(report.performedAgain).toBeGreaterThan(0);
});
