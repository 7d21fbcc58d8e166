import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { afterAll, expect, it } from "vitest";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { catalogue } from "./fixture/mail-catalogue.ts";
import { synthesize } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-platform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("lets a service that changes data take cached results away, and touch nothing else", () => {
	const made = synthesize((app) => {
		const stack = new Stack(app, "Mail");
		const platform = new JobPlatform(stack, "Jobs", {
			catalogue,
			workers: { mail: { entry }, reports: { entry } },
			bundleFolder: folder,
		});
		platform.grantInvalidateCache(
			new Role(stack, "Hook", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") }),
		);
		return stack;
	});
	expect(made.one("AWS::IAM::Policy", "Hook").Properties["PolicyDocument"]).toMatchObject({
		Statement: [
			{
				Action: "dynamodb:UpdateItem",
				Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["cachetag#*"] } },
			},
		],
	});
});
