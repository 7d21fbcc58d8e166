/** What `app.ts` runs: the project's stack, with all that it is checked by, under the context that is told there. */
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { Profile } from "../shared/job/profile.ts";
import { MillraceStack } from "./millrace-stack.ts";
import { RememberedChecks } from "./remembered-checks.ts";

const app = new App();
// Findings stop the synth. What is accepted is acknowledged where it is made, with the argument.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new RememberedChecks(".cache/checked-templates"));
new MillraceStack(app, "Millrace", {
	production: isTrue(app.node.tryGetContext("millrace:production")),
	...profileOf(app.node.tryGetContext("millrace:profile")),
	alarms: {
		...textOf("runbooks", app.node.tryGetContext("millrace:runbooks")),
		...textOf("slackWebhookParameter", app.node.tryGetContext("millrace:slackWebhookParameter")),
	},
});
app.synth();

/** The command line gives context as text, cdk.json as JSON. */
function isTrue(value: unknown): boolean {
	return value === true || value === "true";
}

function textOf<Key extends string>(key: Key, value: unknown): { readonly [K in Key]?: string } {
	return typeof value === "string" && value !== "" ? ({ [key]: value } as { readonly [K in Key]: string }) : {};
}

/** The command line gives an object as its text. What is no profile is refused by JobPlatform. */
function profileOf(value: unknown): { readonly profile?: Profile } {
	if (value === undefined || value === "") return {};
	const given: unknown = typeof value === "string" && value.startsWith("{") ? JSON.parse(value) : value;
	return { profile: given as Profile };
}
