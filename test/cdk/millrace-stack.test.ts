/** The project's own app and the example app, synthesized as `cdk synth` does; and what their functions load. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeBundle } from "../../cdk/bundle/describe-bundle.ts";
import { BUNDLE_BYTES_MAX, type WorkerBundle } from "../../cdk/bundle/worker-bundle.ts";
import { MillraceStack } from "../../cdk/millrace-stack.ts";
import { NewsletterStack } from "../../examples/newsletter/newsletter-stack.ts";
import { idleParts } from "../../scripts/cost/idle.ts";
import type { Preset } from "../../shared/job/profile.ts";
import { permissions, type Synthesized, synthesize } from "./synthesize.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-app-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the project's app", () => {
	let app: Synthesized;
	let bundles: Readonly<Record<string, WorkerBundle>>;
	beforeAll(() => {
		app = synthesize((root) => {
			const stack = new MillraceStack(root, "Millrace", { production: false, bundleFolder: folder });
			bundles = Object.fromEntries(stack.platform.bundles.map((bundle) => [bundle.group, bundle]));
			return stack;
		});
	});

	it("has no finding of cdk-nag or CloudFormation's rules, and no warning", () => {
		expect(app.messages.filter((message) => !message.startsWith("info"))).toEqual([]);
	});

	it("makes the two classes with the numbers of the plan", () => {
		const queues = ["observability", "lineage"].map((name) => ({
			name,
			visibility: app.one("AWS::SQS::Queue", `Queue${name}Queue`).Properties["VisibilityTimeout"],
			function: [
				app.one("AWS::Lambda::Function", `Worker${name}Function`).Properties["Timeout"],
				app.one("AWS::Lambda::Function", `Worker${name}Function`).Properties["MemorySize"],
			],
			concurrency: app.one("AWS::Lambda::EventSourceMapping", `Worker${name}`).Properties["ScalingConfig"],
		}));
		expect(queues).toEqual([
			{ name: "observability", visibility: 120, function: [60, 512], concurrency: { MaximumConcurrency: 10 } },
			{ name: "lineage", visibility: 180, function: [120, 1024], concurrency: { MaximumConcurrency: 2 } },
		]);
	});

	it("has what docs/cost.md says that an idle platform costs money for, and no other", () => {
		const sweeper = app.one("AWS::Lambda::Function", "Sweeper");
		const count = (type: string): number => app.ofType(type).length;
		const watched = app
			.ofType("AWS::CloudWatch::Alarm")
			.map(({ Properties: { Metrics } }) =>
				Array.isArray(Metrics) ? Metrics.filter((metric: object) => "MetricStat" in metric).length : 1,
			);
		const { ticks, sweeps, sweeperMetrics: _, ...others } = idleParts;
		expect({
			mappings: count("AWS::Lambda::EventSourceMapping"),
			tables: count("AWS::DynamoDB::GlobalTable"),
			alarmMetrics: watched.reduce((sum, metrics) => sum + metrics, 0),
			compositeAlarms: count("AWS::CloudWatch::CompositeAlarm"),
			dashboards: count("AWS::CloudWatch::Dashboard"),
			sweeperGigabytes: Number(sweeper.Properties["MemorySize"]) / 1024,
		}).toEqual(others);
		const schedules = app.ofType("AWS::Scheduler::Schedule").map(({ Properties }) => Properties["ScheduleExpression"]);
		expect(schedules.sort()).toEqual([...Object.keys(ticks), `rate(${1_440 / sweeps} minutes)`].sort());
	});

	it("publishes what people and tools look for", () => {
		expect(Object.keys(app.outputs).sort()).toEqual([
			"MillraceApiUrl",
			"MillracePlatform",
			"MillraceQueueLineageUrl",
			"MillraceQueueObservabilityUrl",
			"ObservabilityTable",
		]);
	});

	it.each(["observability", "lineage"])("lets the group %s work on the application's table", (group) => {
		const table = app.one("AWS::DynamoDB::GlobalTable", "ObservabilityTable");
		const environment = app.one("AWS::Lambda::Function", `Worker${group}Function`).Properties["Environment"];
		expect(environment).toMatchObject({ Variables: { OBSERVABILITY_TABLE: { Ref: table.id } } });
		const actions = permissions(app.one("AWS::IAM::Policy", `Worker${group}`))
			.filter(({ resource }) => resource === `${table.id}.Arn`)
			.map(({ action }) => action.replace("dynamodb:", ""));
		expect(actions.sort()).toEqual(["BatchGetItem", "BatchWriteItem", "PutItem", "Query", "UpdateItem"]);
	});

	it("puts into each bundle only the implementations of its own group", () => {
		const implementations = (group: string): readonly string[] =>
			(bundles[group]?.sources ?? [])
				.filter((source) => /^lambdas\/jobs\/.*-task\.ts$/.test(source))
				.map((source) => source.replace("lambdas/jobs/observability/", ""));
		expect(implementations("observability")).toEqual([
			"detect-anomalies-task.ts",
			"freshness-check-task.ts",
			"pipeline-execution-record-task.ts",
			"pipeline-register-task.ts",
			"timeliness-check-task.ts",
		]);
		expect(implementations("lineage")).toEqual([
			"address-lineage-closure-rebuild-task.ts",
			"address-lineage-record-task.ts",
			"pipeline-execution-closure-maintain-task.ts",
		]);
	});

	describe.each(["observability", "lineage"])("the bundle of %s", (group) => {
		const bundle = (): WorkerBundle => {
			const found = bundles[group];
			if (found === undefined) throw new Error(`no bundle for ${group}`);
			return found;
		};
		const read = (path: string): string => readFileSync(join(bundle().folder, path), "utf8");

		it("is at most 400 KB whole, and nearly all of it is one file", async () => {
			const { staticBytes, lazyBytes } = await describeBundle(bundle());
			expect(BUNDLE_BYTES_MAX).toBe(400_000);
			expect(staticBytes + lazyBytes).toBeLessThanOrEqual(BUNDLE_BYTES_MAX);
			expect(lazyBytes).toBeLessThan(2_000);
			expect(bundle().files.map(({ path, lazy }) => ({ path: path.replace(/-\w+(?=\.mjs)/, ""), lazy }))).toEqual([
				{ path: "index.mjs", lazy: false },
				{ path: "chunk.mjs", lazy: false },
				{ path: "event-streams.mjs", lazy: true },
				{ path: "node_async_hooks.mjs", lazy: true },
				{ path: "node_http.mjs", lazy: true },
			]);
		});

		it("holds nothing of what a worker has no use for", () => {
			const code = bundle()
				.files.map(({ path }) => read(path))
				.join("\n");
			const unwanted = ["CompleteMultipartUpload", "Samsung Internet", ":event-type", "node:fs/promises"];
			expect(unwanted.filter((text) => code.includes(text))).toEqual([]);
			expect(bundle().sources.filter((source) => /node_modules\/(zod\/v4\/classic|mnemonist)/.test(source))).toEqual(
				[],
			);
		});

		it("has a map of the project's files alone, which is smaller than the code", () => {
			const map = read("index.mjs.map");
			const { sources } = JSON.parse(map) as { readonly sources: readonly string[] };
			expect(sources).toContain("../../lambdas/worker/create-worker.ts");
			expect(sources.filter((source) => !/^\.\.\/\.\.\/(cdk\/bundle|lambdas|shared)\//.test(source))).toEqual([]);
			const code = bundle().files.reduce((sum, { path }) => sum + read(path).length, 0);
			expect(map.length).toBeLessThan(code);
		});
	});
});

describe("the project's app in production", () => {
	it("keeps its data and protects the stack", () => {
		let terminationProtection: boolean | undefined;
		const app = synthesize((root) => {
			const stack = new MillraceStack(root, "Millrace", { production: true, bundleFolder: folder });
			terminationProtection = stack.terminationProtection;
			return stack;
		});
		expect(terminationProtection).toBe(true);
		expect(app.ofType("AWS::DynamoDB::GlobalTable").map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([
			"Retain",
			"Retain",
		]);
		expect(app.messages.filter((message) => !message.startsWith("info"))).toEqual([]);
	});
});

describe("the newsletter example", () => {
	const newsletterUnder = (profile?: Preset): Synthesized =>
		synthesize(
			(root) =>
				new NewsletterStack(root, "Newsletter", {
					subscribersUrl: "https://subscribers.example.com/",
					mailUrl: "https://mail.example.com/letters",
					production: false,
					bundleFolder: folder,
					...(profile === undefined ? {} : { profile }),
				}),
		);
	const warningsOf = ({ messages }: Synthesized): readonly string[] =>
		messages.filter((message) => !message.startsWith("info"));
	let newsletter: Synthesized;
	beforeAll(() => {
		newsletter = newsletterUnder();
	});

	it("is a platform of its own with its own jobs", () => {
		expect(newsletter.ofType("AWS::SQS::Queue")).toHaveLength(12);
		expect(JSON.parse(String(newsletter.one("Custom::MillraceOnDeploy").Properties["body"]))).toMatchObject({
			job: "check_source",
			input: { list: "check" },
		});
		const environment = (group: string) =>
			newsletter.one("AWS::Lambda::Function", `Worker${group}Function`).Properties["Environment"];
		expect(environment("newsletter")).toMatchObject({
			Variables: { MILLRACE_GROUP: "newsletter", SUBSCRIBERS_URL: "https://subscribers.example.com/" },
		});
		expect(environment("mail")).toMatchObject({
			Variables: { MILLRACE_GROUP: "mail", MAIL_URL: "https://mail.example.com/letters" },
		});
		expect(Object.keys(newsletter.outputs)).toEqual([
			"MillracePlatform",
			"MillraceQueueLettersUrl",
			"MillraceQueueCriticalUrl",
			"MillraceQueueHighUrl",
			"MillraceQueueDefaultUrl",
			"MillraceQueueLowUrl",
			"MillraceQueueBulkUrl",
		]);
		expect(warningsOf(newsletter)).toEqual([]);
	});

	it("feeds one worker group by five classes, each with batches and invocations of its own, up to one more than the cap", () => {
		const sizesOf = (app: Synthesized) =>
			app
				.ofType("AWS::Lambda::EventSourceMapping")
				.filter(({ id }) => id.includes("Workermail"))
				.map(({ id, Properties: { BatchSize, ScalingConfig } }) => [
					/From(\w+?)[0-9A-F]{8}$/.exec(id)?.[1],
					BatchSize,
					(ScalingConfig as { readonly MaximumConcurrency: number }).MaximumConcurrency,
				]);
		expect(sizesOf(newsletter)).toEqual([
			["critical", 1, 4],
			["high", 2, 4],
			["default", 4, 4],
			["low", 8, 2],
			["bulk", 8, 2],
		]);
		const fast = newsletterUnder("fast");
		expect(sizesOf(fast).map(([, , invocations]) => invocations)).toEqual([5, 5, 5, 4, 4]);
		expect(warningsOf(fast)).toEqual([
			expect.stringMatching(
				/^warning: subscribers-service has 60 requests at the same time, and worker groups may ask for 100 \(newsletter up to 100\)/,
			),
		]);
	});

	it("calls for attention when more than 100 critical or 5000 usual letters wait, and not for what is slow by promise", () => {
		const depths = newsletter.ofType("AWS::CloudWatch::Alarm").flatMap(({ id, Properties: { Threshold } }) => {
			const [, name, level] = /(critical|high|default|low|bulk)Depth([A-Z]+?)[0-9A-F]{8}$/.exec(id) ?? [];
			return name === undefined ? [] : [[name, level, Threshold]];
		});
		expect(depths).toEqual([
			["critical", "CRITICAL", 101],
			["high", "INFO", 20],
			["high", "WARNING", 50],
			["high", "CRITICAL", 100],
			["default", "WARNING", 5001],
		]);
	});
});
