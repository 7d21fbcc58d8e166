/** The newsletter's infrastructure: a platform for its own catalogue, in the team's own stack. */
import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { catalogue } from "./catalogue.ts";

export interface NewsletterStackProps extends StackProps {
	/** The HTTP service that answers `?list=<name>` with `{"subscribers":[{"email","name"}]}`. */
	readonly subscribersUrl: string;
	/** Whether runs and payloads outlive the stack. */
	readonly production: boolean;
	/** See JobPlatform. */
	readonly bundleFolder?: string;
}

export class NewsletterStack extends Stack {
	constructor(
		scope: Construct,
		id: string,
		{ subscribersUrl, production, bundleFolder, ...props }: NewsletterStackProps,
	) {
		super(scope, id, props);
		new JobPlatform(this, "Jobs", {
			catalogue,
			production,
			...(bundleFolder === undefined ? {} : { bundleFolder }),
			workers: {
				newsletter: {
					entry: new URL("worker.ts", import.meta.url),
					environment: { SUBSCRIBERS_URL: subscribersUrl },
				},
			},
		});
	}
}
