/**
 * What the e2e does once the emulator is up: bootstrap, deploy both apps, use them, deploy changes under load, destroy.
 * MiniStack kills workers in the middle of a run when their function changes (AWS lets them finish): such a message stays invisible for
 * its visibility timeout, so the changed deploy also shows that a killed worker loses nothing, and takes its time. Meanwhile the other app is used.
 */
import { join } from "node:path";
import { catalogue as letterCatalogue } from "../../examples/newsletter/catalogue.ts";
import { catalogue as jobCatalogue } from "../../shared/catalogue/catalogue.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { Account } from "./account.ts";
import type { Cdk, DeployedApp } from "./cdk.ts";
import { checkHttpApi } from "./check-http-api.ts";
import { checkLeftovers } from "./check-leftovers.ts";
import { checkMessages } from "./check-messages.ts";
import { checkNewsletter, checkQueueEmpties, syncMessage } from "./check-newsletter.ts";
import { checkProfiles } from "./check-profiles.ts";
import { checkSchedules, makeSchedule } from "./check-schedules.ts";
import { checkWatching } from "./check-watching.ts";
import { checkWaves, deployUnderLoad } from "./deploy-under-load.ts";
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

	report.section("The example app, after its changed deploy");
	await example.checkSent();

	if (keep) return;
	report.section("The end");
	const retained: string[] = [];
	for (const app of [example.app, project]) {
		retained.push(...(await account.retainedBy(app.stack)));
		await report.essential(`cdk destroy ${app.stack}`, () => cdk.destroy(app));
	}
	await checkLeftovers(report, account, before, retained);
}

async function deploy({ report, cdk, endpoint }: Scenario, app: DeployedApp, catalogue: Catalogue): Promise<Platform> {
	const outputs = await report.essential(`cdk deploy ${app.stack}`, () => cdk.deploy(app));
	return await report.essential("its address in SSM is that of its outputs", () =>
		connectDeployed({ endpoint, stack: app.stack, outputs, catalogue }),
	);
}

interface UsedExample {
	/** As it is deployed in the end. */
	readonly app: DeployedApp;
	/** What was sent around the changed deploy; it may wait for redeliveries. */
	checkSent(): Promise<void>;
}

async function useExample(scenario: Scenario): Promise<UsedExample> {
	const { report, cdk, projectFolder } = scenario;
	const target = await startHttpTarget();
	const folder = join(projectFolder, "examples", "newsletter");
	const before = { folder, stack: "Newsletter", context: { subscribersUrl: `${target.url}/v1` } };
	const app = { ...before, context: { subscribersUrl: `${target.url}/v2` } };
	const platform = await deploy(scenario, before, letterCatalogue);
	await checkNewsletter(report, platform, target);
	const sent = await deployUnderLoad(
		report,
		"cdk deploy again, with another URL, and messages sent before, during and after",
		() => cdk.deploy(app),
		async (wave, index) => {
			const list = `${wave}-${index}`;
			await platform.send("letters", syncMessage(list));
			return `e2e-${list}`;
		},
	);
	return {
		app,
		async checkSent() {
			await checkWaves(report, platform, sent, (result) => textsIn(result, "letters"));
			await report.check(
				"the service was called for every list, and after the deploy at the new URL only",
				async () => {
					const calls = sent.map(({ wave, id }) => ({
						...{ wave, path: target.callsFor(id.slice("e2e-".length)).at(-1)?.path },
					}));
					const wrong = calls.filter(({ wave, path }) => path === undefined || (wave === "after" && path !== "/v2"));
					if (wrong.length > 0) throw new Error(`${wrong.length} were not: ${JSON.stringify(wrong.slice(0, 5))}`);
					return undefined;
				},
			);
			await checkQueueEmpties(report, platform, target);
		},
	};
}
