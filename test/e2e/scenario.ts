/**
 * What the e2e does once the emulator is up: bootstrap, deploy both apps, use them, deploy changes and a next release under load, destroy.
 * MiniStack kills workers in the middle of a run when their function changes (AWS lets them finish): such a message stays invisible for
 * its visibility timeout, so the changed deploy also shows that a killed worker loses nothing, and takes its time. Meanwhile the other app is used.
 */
import { join } from "node:path";
import { catalogue as letterCatalogue } from "../../examples/newsletter/catalogue.ts";
import { catalogue as jobCatalogue } from "../../shared/catalogue/catalogue.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { Account } from "./account.ts";
import type { Cdk, DeployedApp, Outputs } from "./cdk.ts";
import { checkHttpApi } from "./check-http-api.ts";
import { checkLeftovers } from "./check-leftovers.ts";
import { checkMail } from "./check-mail.ts";
import { checkMessages } from "./check-messages.ts";
import { checkNewsletter, checkQueueEmpties, syncMessage } from "./check-newsletter.ts";
import { checkProfiles } from "./check-profiles.ts";
import { checkRefusedRelease, checkReleaseJob, checkReleaseJobs, checkRemoved, leaveBehind } from "./check-releases.ts";
import { checkSchedules, makeSchedule } from "./check-schedules.ts";
import { checkWatching } from "./check-watching.ts";
import { checkWaves, deployUnderLoad } from "./deploy-under-load.ts";
import { catalogue as earlierCatalogue } from "./earlier-newsletter/catalogue.ts";
import { startHttpTarget } from "./http-target.ts";
import { connectDeployed, type Platform } from "./platform.ts";
import type { Report } from "./report.ts";
import { textsIn } from "./runs.ts";

export interface Scenario {
	readonly report: Report;
	readonly cdk: Cdk;
	readonly account: Account;
	readonly endpoint: string;
	readonly projectFolder: string;
	/** Leave the stacks where they are. */
	readonly keep: boolean;
}

export async function runScenario(scenario: Scenario): Promise<void> {
	const { report, cdk, account, endpoint, projectFolder, keep } = scenario;
	await report.essential("cdk bootstrap", () => cdk.bootstrap());
	const before = await account.list();
	const context = { "millrace:production": "false", "millrace:profile": "balanced" };
	const balanced = { folder: projectFolder, stack: "Millrace", context };
	const project = { ...balanced, context: { ...context, "millrace:profile": "fast" } };

	report.section("The project's own app");
	const platform = await deploy(scenario, balanced, jobCatalogue);
	const madeAtMs = await makeSchedule(report, platform);
	await checkMessages(report, platform);

	report.section("The example app");
	const example = await useExample(scenario);

	report.section("The project's own app, while killed workers' messages come back");
	await checkWatching(report, account, endpoint);
	await checkHttpApi(report, platform, endpoint);
	await checkProfiles(report, platform, cdk, project);
	await checkSchedules(report, platform, madeAtMs);

	report.section("The example app, after the deploy of its next release");
	await example.checkSent();

	if (keep) return;
	report.section("The end");
	const retained = [...example.retained];
	for (const app of [example.app, project]) {
		retained.push(...(await account.retainedBy(app.stack)));
		await report.essential(`cdk destroy ${app.stack}`, () => cdk.destroy(app));
	}
	await checkLeftovers(report, account, before, retained);
}

async function deploy(scenario: Scenario, app: DeployedApp, catalogue: Catalogue): Promise<Platform> {
	const outputs = await scenario.report.essential(`cdk deploy ${app.stack}`, () => scenario.cdk.deploy(app));
	return await connect(scenario, app, outputs, catalogue);
}

async function connect(
	{ report, endpoint }: Scenario,
	app: DeployedApp,
	outputs: Outputs,
	catalogue: Catalogue,
): Promise<Platform> {
	return await report.essential("its address in SSM is that of its outputs", () =>
		connectDeployed({ endpoint, stack: app.stack, outputs, catalogue }),
	);
}

interface UsedExample {
	/** As it is deployed in the end. */
	readonly app: DeployedApp;
	/** Names of what an earlier release had retained; the later one's template knows only its own. */
	readonly retained: readonly string[];
	/** What was sent around the changed deploy; it may wait for redeliveries. */
	checkSent(): Promise<void>;
}

async function useExample(scenario: Scenario): Promise<UsedExample> {
	const { report, cdk, account, projectFolder } = scenario;
	const target = await startHttpTarget();
	const folder = join(projectFolder, "examples", "newsletter");
	const stack = "Newsletter";
	const at = (version: string) => ({
		...{ subscribersUrl: `${target.url}/${version}`, mailUrl: `${target.url}/mail`, production: "true" },
	});
	const earlier = { folder, stack, app: "node ../../test/e2e/earlier-newsletter/app.ts" };
	const app = { folder, stack, context: at("v3") };
	const platform = await deploy(scenario, { ...earlier, context: at("v1") }, earlierCatalogue);
	const retained = await account.retainedBy(stack);
	await platform.mappings.pause("drafts");
	await checkReleaseJob(report, target);
	await checkNewsletter(report, platform, target);
	await report.essential("cdk deploy again, with another URL and the same code", () =>
		cdk.deploy({ ...earlier, context: at("v2") }),
	);
	await checkRefusedRelease(report, { cdk, platform, target, next: app });
	await leaveBehind(platform);
	let outputs: Outputs = {};
	const sent = await deployUnderLoad(
		report,
		"cdk deploy of the next release, and messages sent before, during and after",
		async () => {
			outputs = await cdk.deployAgain(app);
		},
		async (wave, index) => {
			const list = `${wave}-${index}`;
			await platform.send("letters", syncMessage(list));
			return `e2e-${list}`;
		},
	);
	const next = await connect(scenario, app, outputs, letterCatalogue);
	await checkRemoved(report, platform, next);
	return {
		app,
		retained,
		async checkSent() {
			await checkWaves(report, next, sent, (result) => textsIn(result, "letters"));
			await report.check(
				"the service was called for every list, and after the deploy at the new URL only",
				async () => {
					const calls = sent.map(({ wave, id }) => ({
						...{ wave, path: target.callsFor(id.slice("e2e-".length)).at(-1)?.path },
					}));
					const wrong = calls.filter(({ wave, path }) => path === undefined || (wave === "after" && path !== "/v3"));
					if (wrong.length > 0) throw new Error(`${wrong.length} were not: ${JSON.stringify(wrong.slice(0, 5))}`);
					return undefined;
				},
			);
			await checkQueueEmpties(report, next, target);
			await checkReleaseJobs(report, target);
			await checkMail(report, next, target);
		},
	};
}
