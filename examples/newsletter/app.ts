/** The newsletter's CDK app. Context: `subscribersUrl`, and `production` ("true" keeps the data when the stack goes). */
import { App } from "aws-cdk-lib";
import { NewsletterStack } from "./newsletter-stack.ts";

const app = new App();
new NewsletterStack(app, "Newsletter", {
	subscribersUrl: String(app.node.getContext("subscribersUrl")),
	production: String(app.node.tryGetContext("production")) === "true",
});
app.synth();
