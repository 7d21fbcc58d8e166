/** The newsletter's infrastructure: a platform for its own catalogue, in the team's own stack. */
import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { JobPlatform } from "../../cdk/job-platform.ts";
import type { Profile } from "../../shared/job/profile.ts";
import { catalogue } from "./catalogue.ts";
import { checkSource } from "./jobs/definitions.ts";

export interface NewsletterStackProps extends StackProps {
	/** The HTTP service that answers `?list=<name>` with `{"subscribers":[{"email","name"}]}`. */
	readonly subscribersUrl: string;
	/** The HTTP service that takes a letter by POST, four at the same time. */
	readonly mailUrl: string;
	/** Whether runs, messages and payloads outlive the stack. */
	readonly production: boolean;
	/** See JobPlatform. */
	readonly profile?: Profile;
	/** Likewise. */
	readonly bundleFolder?: string;
}

export class NewsletterStack extends Stack {
	constructor(
		scope: Construct,
		id: string,
		{ subscribersUrl, mailUrl, production, profile, bundleFolder, ...props }: NewsletterStackProps,
	) {
		super(scope, id, props);
		new JobPlatform(this, "Jobs", {
			catalogue,
			production,
			// Each release reads the source once, so that a disagreement shows before a newsletter is due.
			onDeploy: { job: checkSource, input: { list: "check" } },
			...(profile === undefined ? {} : { profile }),
			...(bundleFolder === undefined ? {} : { bundleFolder }),
			workers: {
				newsletter: {
					entry: new URL("worker.ts", import.meta.url),
					environment: { SUBSCRIBERS_URL: subscribersUrl },
				},
				mail: { entry: new URL("mail-worker.ts", import.meta.url), environment: { MAIL_URL: mailUrl } },
			},
		});
	}
}
