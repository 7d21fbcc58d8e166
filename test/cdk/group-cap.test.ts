import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { expect, it, onTestFinished } from "vitest";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineBudget, defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import { synthesize } from "./synthesize.ts";

it("invokes a group with a cap no more often than can be of use: one more than may perform, and never less than AWS allows", () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-cap-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const classOf = (name: string) =>
		defineQueueClass({ name, promise: "p", maxConcurrency: name === "narrow" ? 2 : 10 });
	const groupOf = (concurrencyMax: number, ...classes: readonly string[]) =>
		defineWorkerGroup({ name: `cap-${concurrencyMax}`, queueClasses: classes.map(classOf), concurrencyMax });
	const catalogue = defineCatalogue({
		workerGroups: [groupOf(1, "one"), groupOf(3, "three", "narrow"), groupOf(20, "twenty")],
		jobs: [],
	});
	const entry = new URL("fixture/worker.ts", import.meta.url);
	const workers = { "cap-1": { entry }, "cap-3": { entry }, "cap-20": { entry } };
	const { ofType } = synthesize((app) => {
		const stack = new Stack(app, "Capped");
		new JobPlatform(stack, "Jobs", { catalogue, workers, bundleFolder: folder });
		return stack;
	});
	const scaling = ofType("AWS::Lambda::EventSourceMapping").map(({ Properties }) => Properties["ScalingConfig"]);
	expect(scaling).toEqual([2, 4, 2, 10].map((MaximumConcurrency) => ({ MaximumConcurrency })));
});

it("sizes mappings by the profile, tags them with it, and warns of a budget", () => {
	const folder = mkdtempSync(join(tmpdir(), "millrace-profile-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const queueClass = defineQueueClass({ name: "usual", promise: "p", maxConcurrency: 10 });
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [queueClass] })],
		jobs: [],
		budgets: [defineBudget({ name: "postgres", max: 15, uses: [{ group: "workers", perInvocation: 1 }] })],
	});
	const workers = { workers: { entry: new URL("fixture/worker.ts", import.meta.url) } };
	const { one, messages } = synthesize((app) => {
		const stack = new Stack(app, "Profiled");
		new JobPlatform(stack, "Jobs", { catalogue, workers, bundleFolder: folder, profile: "fast" });
		return stack;
	});
	const { ScalingConfig, Tags } = one("AWS::Lambda::EventSourceMapping", "usual").Properties;
	expect(ScalingConfig).toEqual({ MaximumConcurrency: 20 });
	expect(Tags).toContainEqual({ Key: "millrace:profile", Value: "fast" });
	expect(messages.filter((message) => message.includes("postgres"))).toEqual([
		expect.stringMatching(
			/^warning: postgres has 15 connections, and worker groups may ask for 20 \(workers up to 20\)/,
		),
	]);
});
