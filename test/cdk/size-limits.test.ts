/** What grows with the number of queue classes and ends at a limit of AWS: refused when a stack is synthesized, not in the middle of a deploy. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, CfnResource, Stack } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { expect, it, onTestFinished } from "vitest";
import { refuseTooLong } from "../../cdk/constructs/address-size.ts";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { synthesize } from "./synthesize.ts";

const stack = new Stack(new App(), "Large");

/** As long as such an address may become. */
function addressOf(classes: number, groups: number): PlatformAddress {
	const url = "u".repeat(135);
	return {
		table: "t".repeat(60),
		bucket: "b".repeat(63),
		queues: Object.fromEntries(
			Array.from({ length: classes }, (_, index) => [
				`class-${index + 10}`,
				{ url, deadLetterUrl: url, mapping: "m".repeat(36), group: `group-${(index % groups) + 10}` },
			]),
		),
		schedules: {
			group: "g".repeat(40),
			roles: Object.fromEntries(Array.from({ length: groups }, (_, index) => [`group-${index + 10}`, "r".repeat(96)])),
		},
	};
}

it("takes twenty classes of the longest URLs in two groups, whose address SSM takes", () => {
	expect(JSON.stringify(addressOf(20, 2)).length).toBeLessThan(8_192);
	expect(() => refuseTooLong(stack, addressOf(20, 2))).not.toThrow();
});

it("refuses an address that SSM does not take, with how many classes fit", () => {
	expect(() => refuseTooLong(stack, addressOf(30, 2))).toThrow(
		/its 30 queue classes, .* SSM takes 8192: about 20 classes like these fit/,
	);
});

it("counts names that CloudFormation makes as long as they may become", () => {
	const { table, bucket } = addressOf(0, 0);
	const named = (name: string, classes: number): (() => void) => {
		const large = new Stack(new App(), name);
		const queues = Array.from({ length: classes }, (_, index) => [
			`c${index + 10}`,
			{
				url: new Queue(large, `Queue${index + 10}`).queueUrl,
				deadLetterUrl: new Queue(large, `DeadLetters${index + 10}`).queueUrl,
			},
		]);
		return () => refuseTooLong(large, { table, bucket, queues: Object.fromEntries(queues) });
	};
	expect(named("Short", 30)).not.toThrow();
	expect(named("AStackWithANameThatIsSomewhatLongerThanOthers", 30)).toThrow("about 26 classes like these fit");
});

it("refuses a stack above CloudFormation's 500 resources, and says what a class and a group are of them", () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-limits-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const classOf = (name: string) =>
		defineQueueClass({ name, promise: "p", ...(name === "c" ? { alarms: false } : {}) });
	const catalogue = defineCatalogue({
		workerGroups: [
			defineWorkerGroup({ name: "one", queueClasses: [classOf("a"), classOf("b")] }),
			defineWorkerGroup({ name: "two", queueClasses: [classOf("c")] }),
		],
		jobs: [],
	});
	const entry = new URL("fixture/worker.ts", import.meta.url);
	const withOthers = (others: number) =>
		synthesize((app) => {
			const stack = new Stack(app, "Full");
			const workers = { one: { entry }, two: { entry } };
			new JobPlatform(stack, "Jobs", { catalogue, workers, bundleFolder: folder });
			for (let index = 0; index < others; index++)
				new CfnResource(stack, `Other${index}`, { type: "AWS::CloudFormation::WaitConditionHandle" });
			return stack;
		});
	// The numbers of docs/deploy.md: the platform, two classes with alarms, one without, two groups.
	const own = 24 + 2 * 13 + 6 + 2 * 10;
	expect(withOthers(500 - own).resources).toHaveLength(500);
	expect(() => withOthers(501 - own)).toThrow(
		`The stack Full has 501 resources, ${own} of them its job platform's, and CloudFormation takes 500. A queue class is 13`,
	);
});
