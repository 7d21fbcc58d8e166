/**
 * Synthesizes a platform for a catalogue of a test's own and edits the template before anybody reads it: with the timeouts of a real
 * deployment a test of crashes would wait for minutes. No account, no network, no `cdk` command.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import type { WorkerOptions } from "../../cdk/check-workers.ts";
import { JobPlatform } from "../../cdk/job-platform.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";

/** Replaces what the template says for every queue that feeds a function, and for every function. */
export interface TemplateEdits {
	/** Added to the environment of every function, those of the platform's own too. */
	readonly environment?: Readonly<Record<string, string>>;
	/** Lambda timeout of every function. */
	readonly timeoutSeconds?: number;
	/** Visibility timeout of every queue that has a dead-letter queue. */
	readonly visibilitySeconds?: number;
	/** maxReceiveCount of every queue that has a dead-letter queue. */
	readonly receivesMax?: number;
	/** ReservedConcurrentExecutions of the functions of these worker groups. */
	readonly reserved?: Readonly<Record<string, number>>;
}

export const PLATFORM_STACK = "TestPlatform";

interface Template {
	readonly Resources: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
}

/** Writes a cloud assembly of one stack, `PLATFORM_STACK`, into `outFolder`. */
export async function synthesizePlatform<Jobs extends Catalogue>(options: {
	readonly catalogue: Jobs;
	readonly workers: Readonly<Record<Jobs["workerGroups"][number]["name"], WorkerOptions>>;
	readonly outFolder: string;
	readonly edits?: TemplateEdits;
}): Promise<void> {
	const { catalogue, workers, outFolder, edits = {} } = options;
	const app = new App({ outdir: outFolder });
	const stack = new Stack(app, PLATFORM_STACK);
	const bundleFolder = join(outFolder, "bundles");
	new JobPlatform(stack, "Platform", { catalogue, workers, production: false, bundleFolder });
	app.synth();

	const file = join(outFolder, `${PLATFORM_STACK}.template.json`);
	const template: Template = JSON.parse(await readFile(file, "utf8"));
	for (const { Type, Properties } of Object.values(template.Resources)) {
		if (Properties === undefined) continue;
		if (Type === "AWS::Lambda::Function" && edits.timeoutSeconds !== undefined) {
			Properties["Timeout"] = edits.timeoutSeconds;
		}
		if (Type === "AWS::Lambda::Function" && edits.reserved !== undefined) {
			const { MILLRACE_GROUP: group } = Object(Object(Properties["Environment"]).Variables);
			if (edits.reserved[group] !== undefined) Properties["ReservedConcurrentExecutions"] = edits.reserved[group];
		}
		if (Type === "AWS::Lambda::Function" && edits.environment !== undefined) {
			const { Variables } = { Variables: {}, ...Object(Properties["Environment"]) };
			Properties["Environment"] = { Variables: { ...Variables, ...edits.environment } };
		}
		const redrive = Type === "AWS::SQS::Queue" ? Properties["RedrivePolicy"] : undefined;
		if (typeof redrive !== "object" || redrive === null) continue;
		if (edits.visibilitySeconds !== undefined) Properties["VisibilityTimeout"] = edits.visibilitySeconds;
		if (edits.receivesMax !== undefined) Object.assign(redrive, { maxReceiveCount: edits.receivesMax });
	}
	await writeFile(file, JSON.stringify(template));
}
