/** The application table of the observability and lineage jobs: pipelines, executions, metrics, tables and addresses. No part of the platform. */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface ObservabilityTableProps {
	/** Whether the data outlives the stack. */
	readonly production: boolean;
}

export class ObservabilityTable extends Construct {
	readonly table: TableV2;

	constructor(scope: Construct, id: string, { production }: ObservabilityTableProps) {
		super(scope, id);
		this.table = new TableV2(this, "Table", {
			partitionKey: { name: "pk", type: AttributeType.STRING },
			sortKey: { name: "sk", type: AttributeType.STRING },
			billing: Billing.onDemand(),
			encryption: TableEncryptionV2.dynamoOwnedKey(),
			pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
			deletionProtection: production,
			removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
		});
	}

	/** What the implementations do on the table, and no more: deletes go in batches. */
	grantWork(grantee: IGrantable): void {
		Grant.addToPrincipal({
			grantee,
			actions: [
				"dynamodb:BatchGetItem",
				"dynamodb:BatchWriteItem",
				"dynamodb:PutItem",
				"dynamodb:Query",
				"dynamodb:UpdateItem",
			],
			resourceArns: [this.table.tableArn],
		}).assertSuccess();
	}
}
