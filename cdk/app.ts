/**
 * The CDK app, run by `cdk` through cdk.json and by the local runtime. Needs no AWS account and no network.
 * Context `millrace:production` (cdk.json: false): `true` keeps the data when the stack goes. Set it in cdk.json: with `-c` on the command
 * line it holds for that deploy alone, and the next one without it takes the protection away again.
 */
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { MillraceStack } from "./millrace-stack.ts";

const app = new App();
// Findings stop the synth. What is accepted is acknowledged where it is made, with the argument.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
new MillraceStack(app, "Millrace", { production: isTrue(app.node.tryGetContext("millrace:production")) });
app.synth();

/** The command line gives context as text, cdk.json as JSON. */
function isTrue(value: unknown): boolean {
	return value === true || value === "true";
}
