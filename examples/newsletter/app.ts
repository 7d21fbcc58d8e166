/**
 * The newsletter's CDK app. Context: `subscribersUrl` and `mailUrl`; `production` ("true" keeps the data when the stack goes); `millrace:profile`,
 * a preset.
 */
import { App } from "aws-cdk-lib";
import type { Preset } from "../../shared/job/profile.ts";
import { NewsletterStack } from "./newsletter-stack.ts";

const app = new App();
const profile: Preset | undefined = app.node.tryGetContext("millrace:profile");
new NewsletterStack(app, "Newsletter", {
	subscribersUrl: String(app.node.getContext("subscribersUrl")),
	mailUrl: String(app.node.getContext("mailUrl")),
	production: String(app.node.tryGetContext("production")) === "true",
	...(profile === undefined ? {} : { profile }),
});
app.synth();
