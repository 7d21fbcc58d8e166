/** The one DynamoDB table of a platform: a small row per run. Keys and index are those of shared/wire/run-table.ts. */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { Grant } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { LIMITER_KEY_PREFIX, runTable, SWEEP_KEY_PREFIX } from "../../shared/wire/run-table.ts";

/** What the job store does on the table, and no more: BatchExecuteStatement is allowed by the PartiQL actions of its statements. */
const workerActions = [
	"dynamodb:BatchGetItem",
	"dynamodb:GetItem",
	"dynamodb:PartiQLInsert",
	"dynamodb:PartiQLUpdate",
	"dynamodb:PutItem",
	"dynamodb:UpdateItem",
];

export interface RunTableProps {
	/** Whether the data outlives the stack. */
	readonly production: boolean;
}

export class RunTable extends Construct {
	readonly table: TableV2;

	constructor(scope: Construct, id: string, { production }: RunTableProps) {
		super(scope, id);
		const { partitionKey, expiryAttribute, recentIndex } = runTable;
		this.table = new TableV2(this, "Table", {
			partitionKey: { name: partitionKey, type: AttributeType.STRING },
			billing: Billing.onDemand(),
			encryption: TableEncryptionV2.dynamoOwnedKey(),
			timeToLiveAttribute: expiryAttribute,
			pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
			deletionProtection: production,
			removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
			globalSecondaryIndexes: [
				{
					indexName: recentIndex.name,
					partitionKey: { name: recentIndex.partitionKey, type: AttributeType.STRING },
					sortKey: { name: recentIndex.sortKey, type: AttributeType.STRING },
					projectionType: ProjectionType.INCLUDE,
					nonKeyAttributes: [...recentIndex.projectedAttributes],
				},
			],
		});
	}

	/** Claim, settle, progress; tickets of rate limiters. */
	grantWork(grantee: IGrantable): void {
		this.#grant(grantee, workerActions, this.table.tableArn);
	}

	/** Status of runs, and the listing of recent ones. */
	grantRead(grantee: IGrantable): void {
		this.#grant(grantee, ["dynamodb:BatchGetItem", "dynamodb:GetItem"], this.table.tableArn);
		this.#grant(grantee, ["dynamodb:Query"], `${this.table.tableArn}/index/${runTable.recentIndex.name}`);
	}

	/** Rate limiters only, which lie in the same table under keys of their own. */
	grantLimits(grantee: IGrantable): void {
		const conditions = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${LIMITER_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:GetItem", "dynamodb:UpdateItem"], this.table.tableArn, conditions);
	}

	/** What a sweep does: look at the listing and at rows, end the run of a row, and keep its own items, under keys of their own. */
	grantSweep(grantee: IGrantable): void {
		this.grantRead(grantee);
		this.#grant(grantee, ["dynamodb:UpdateItem"], this.table.tableArn);
		const conditions = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${SWEEP_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:BatchWriteItem"], this.table.tableArn, conditions);
	}

	#grant(
		grantee: IGrantable,
		actions: string[],
		resourceArn: string,
		conditions?: Record<string, Record<string, unknown>>,
	): void {
		const when = conditions === undefined ? {} : { conditions };
		Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn], ...when }).assertSuccess();
	}
}
