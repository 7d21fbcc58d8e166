/** Two platforms in one account and region: what one counts, no chart, alarm or page of the other shows. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterAll, expect, it } from "vitest";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { catalogue } from "./fixture/mail-catalogue.ts";
import { joined, type Synthesized, synthesize } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-metrics-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const platformOf = (stackName: string): Synthesized =>
	synthesize((app) => {
		const stack = new Stack(app, stackName);
		new JobPlatform(stack, "Jobs", {
			catalogue,
			workers: { mail: { entry }, reports: { entry } },
			bundleFolder: folder,
			alarms: { slackWebhookParameter: "/mail/slack" },
			api: { entry },
		});
		return stack;
	});

const all = (text: string, pattern: RegExp): readonly string[] =>
	[...text.matchAll(pattern)].map(([, found = ""]) => found);

it("puts what each platform counts into a namespace under its stack's name, and looks for it there", () => {
	for (const [stackName, namespace] of [
		["Shop", "Millrace/Shop"],
		["News-Letters", "Millrace/News-Letters"],
	] as const) {
		const platform = platformOf(stackName);
		const written = platform.ofType("AWS::Lambda::Function").map(({ Properties }) => {
			const { Variables } = Properties["Environment"] as { readonly Variables: Readonly<Record<string, unknown>> };
			return `${Variables["POWERTOOLS_SERVICE_NAME"]}: ${Variables["POWERTOOLS_METRICS_NAMESPACE"]}`;
		});
		expect(written.sort()).toEqual(
			["alerts", "api", "mail", "reports", "sweeper", "widgets"].map((service) => `${service}: ${namespace}`),
		);
		const watched = all(JSON.stringify(platform.ofType("AWS::CloudWatch::Alarm")), /"Namespace":"(?!AWS\/)([^"]*)"/g);
		// Two of each group's runs that failed, three of runs that are overdue, one of missed ticks, one of the sweeper's silence.
		expect(watched).toEqual(Array(9).fill(namespace));
		const drawn = platform
			.ofType("AWS::CloudWatch::Dashboard")
			.flatMap(({ Properties }) => all(joined(Properties["DashboardBody"]), /SEARCH\('\{(.*?),service[,}]/g));
		expect(new Set(drawn)).toEqual(new Set([`\\"${namespace}\\"`]));
	}
});
