/** The project's own application: the platform for its catalogue, and the table that its jobs work on. */
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { catalogue } from "../shared/catalogue/catalogue.ts";
import { webhooks } from "../shared/catalogue/webhooks.ts";
import type { Profile } from "../shared/job/profile.ts";
import { JobPlatform, type JobPlatformProps } from "./job-platform.ts";
import { ObservabilityTable } from "./observability-table.ts";

export interface MillraceStackProps extends StackProps {
	/** Whether the data outlives the stack, and the stack itself is protected from deletion. */
	readonly production: boolean;
	/** See JobPlatform. */
	readonly alarms?: JobPlatformProps["alarms"];
	/** See JobPlatform. */
	readonly profile?: Profile;
	readonly bundleFolder?: string;
}

export class MillraceStack extends Stack {
	readonly platform: JobPlatform<typeof catalogue>;

	constructor(
		scope: Construct,
		id: string,
		{ production, alarms, profile, bundleFolder, ...props }: MillraceStackProps,
	) {
		super(scope, id, { terminationProtection: production, ...props });
		const observability = new ObservabilityTable(this, "Observability", { production });
		const environment = { OBSERVABILITY_TABLE: observability.table.tableName };
		this.platform = new JobPlatform(this, "Platform", {
			catalogue,
			production,
			...(alarms === undefined ? {} : { alarms }),
			...(profile === undefined ? {} : { profile }),
			...(bundleFolder === undefined ? {} : { bundleFolder }),
			workers: {
				observability: { entry: new URL("../lambdas/worker/observability.ts", import.meta.url), environment },
				lineage: { entry: new URL("../lambdas/worker/lineage.ts", import.meta.url), environment },
			},
			api: { entry: new URL("../lambdas/api/api.ts", import.meta.url), webhooks },
		});
		for (const group of catalogue.workerGroups) observability.grantWork(this.platform.workerGroup(group.name));
		new CfnOutput(this, "ObservabilityTable", {
			description: "Table of pipelines, executions, metrics and addresses",
			value: observability.table.tableName,
		});
	}
}
