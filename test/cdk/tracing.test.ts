/** What `tracing` and a group's secrets add to the template, and that nothing of it is there without. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterAll, describe, expect, it } from "vitest";
import { JobPlatform, type JobPlatformProps } from "../../cdk/job-platform.ts";
import { catalogue } from "./fixture/mail-catalogue.ts";
import { permissions, type Synthesized, synthesize } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-tracing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Props = JobPlatformProps<typeof catalogue>;

const platformWith = (more: Partial<Props>): Synthesized =>
	synthesize((app) => {
		const stack = new Stack(app, "Mail");
		new JobPlatform(stack, "Jobs", {
			...{ catalogue, workers: { mail: { entry }, reports: { entry } }, bundleFolder: folder },
			...{ dashboards: false, alarms: false },
			...more,
		});
		return stack;
	});

const variables = (made: Synthesized, group: string) =>
	(made.one("AWS::Lambda::Function", `Worker${group}`).Properties["Environment"] as { Variables: object }).Variables;

const rights = (made: Synthesized, group: string): readonly string[] =>
	permissions(made.one("AWS::IAM::Policy", `Worker${group}`)).map(({ action, resource }) => `${action} ${resource}`);

describe("tracing", () => {
	it("is nowhere in a platform that does not ask for it", () => {
		const made = platformWith({});
		expect(made.one("AWS::Lambda::Function", "Workermail").Properties).not.toHaveProperty("TracingConfig");
		expect(variables(made, "mail")).not.toHaveProperty("MILLRACE_TRACING");
		expect(rights(made, "mail").join("\n")).not.toMatch(/xray|ssm/);
	});

	it("makes every worker's function traced and lets it add traces and nothing else; secrets go to the group that names them", () => {
		const made = platformWith({
			tracing: { sampleRatio: 0.05 },
			workers: { mail: { entry, secretParameters: ["/mail/sentry-dsn"] }, reports: { entry } },
		});
		for (const group of ["mail", "reports"]) {
			const { Properties } = made.one("AWS::Lambda::Function", `Worker${group}`);
			expect(Properties["TracingConfig"]).toEqual({ Mode: "Active" });
			expect(variables(made, group)).toMatchObject({ MILLRACE_TRACING: "0.05" });
			expect(rights(made, group).filter((line) => line.includes("xray"))).toEqual([
				"xray:PutTelemetryRecords *",
				"xray:PutTraceSegments *",
			]);
		}
		const secrets = (group: string) => rights(made, group).filter((line) => line.startsWith("ssm:"));
		expect(secrets("mail")).toEqual([expect.stringMatching(/^ssm:GetParameter .*:parameter\/mail\/sentry-dsn/)]);
		expect(secrets("reports")).toEqual([]);
	});

	it("refuses a share that is none", () => {
		expect(() => platformWith({ tracing: { sampleRatio: 5 } })).toThrow(
			"tracing.sampleRatio must be a number from 0 to 1; got 5",
		);
	});
});
