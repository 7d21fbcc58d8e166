/** Profiles: how many invocations each class may have, as deployed, as deployed anew under load, and as tuned while the platform runs. */
import assert from "node:assert/strict";
import type { Cdk, DeployedApp } from "./cdk.ts";
import { checkWaves, deployUnderLoad } from "./deploy-under-load.ts";
import type { Platform } from "./platform.ts";
import type { Report } from "./report.ts";

export async function checkProfiles(
	report: Report,
	platform: Platform,
	cdk: Cdk,
	/** The same app, with another profile. */
	fast: DeployedApp,
): Promise<void> {
	const sizesAre = async (profile: string, observability: number, lineage: number) => {
		const { mappings } = platform;
		assert.deepEqual(
			{ observability: await mappings.size("observability"), lineage: await mappings.size("lineage") },
			{ observability: { invocations: observability, profile }, lineage: { invocations: lineage, profile } },
		);
		return `observability ${observability}, lineage ${lineage}`;
	};

	await report.check("deployed balanced, each class has as many invocations as the catalogue says", () =>
		sizesAre("balanced", 10, 2),
	);
	const sent = await deployUnderLoad(
		report,
		"cdk deploy again, with profile fast, and messages sent before, during and after",
		() => cdk.deploy(fast),
		async (wave, index) => {
			const id = `e2e-${wave}-${index}`;
			const input = { pipeline_id: 1, pipeline_execution_id: 1 };
			await platform.send("observability", { job: "detect_anomalies_task", id, input });
			return id;
		},
	);
	await report.check("each class has twice as many", () => sizesAre("fast", 20, 4));
	await checkWaves(report, platform, sent, () => []);

	await report.check(
		"millrace tune safe makes it half of them while the platform runs, and AWS's minimum",
		async () => {
			const printed = await cdk.millrace("tune", "safe", "--aws", "--json");
			const { profile, before } = JSON.parse(printed.split("\n").find((line) => line.startsWith("{")) ?? "{}");
			assert.equal(profile, "safe");
			assert.deepEqual(before, [
				{ group: "lineage", queueClass: "lineage", invocations: 4, profile: "fast" },
				{ group: "observability", queueClass: "observability", invocations: 20, profile: "fast" },
			]);
			return await sizesAre("safe", 5, 2);
		},
	);
}
