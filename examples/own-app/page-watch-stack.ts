/** The team's stack: its table, and a platform for its catalogue. */
import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { JobPlatform } from "millrace/cdk";
import { catalogue } from "./catalogue.ts";
import { checkAllPages } from "./jobs/definitions.ts";

export interface PageWatchStackProps extends StackProps {
	/** Whether pages, runs and payloads outlive the stack. */
	readonly production: boolean;
}

export class PageWatchStack extends Stack {
	constructor(scope: Construct, id: string, { production, ...props }: PageWatchStackProps) {
		super(scope, id, { terminationProtection: production, ...props });
		const table = new TableV2(this, "Pages", {
			partitionKey: { name: "url", type: AttributeType.STRING },
			removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
		});
		const jobs = new JobPlatform(this, "Jobs", {
			catalogue,
			production,
			// A new version looks at all pages at once, rather than within the next quarter of an hour.
			onDeploy: { job: checkAllPages, input: {} },
			workers: {
				watch: { entry: new URL("worker.ts", import.meta.url), environment: { PAGE_TABLE: table.tableName } },
			},
		});
		table.grant(jobs.workerGroup("watch"), "dynamodb:PutItem", "dynamodb:Scan");
	}
}
