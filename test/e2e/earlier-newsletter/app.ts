/** Its CDK app: the same stack and platform as the example's, so that deploying that one changes this one. */
import { App, Stack } from "aws-cdk-lib";
import { JobPlatform } from "../../../cdk/job-platform.ts";
import { checkSource } from "../../../examples/newsletter/jobs/definitions.ts";
import { catalogue } from "./catalogue.ts";

const app = new App();
new JobPlatform(new Stack(app, "Newsletter"), "Jobs", {
	catalogue,
	production: true,
	onDeploy: { job: checkSource, input: { list: "check" } },
	workers: {
		newsletter: {
			entry: new URL("worker.ts", import.meta.url),
			environment: { SUBSCRIBERS_URL: String(app.node.getContext("subscribersUrl")) },
		},
	},
});
app.synth();
