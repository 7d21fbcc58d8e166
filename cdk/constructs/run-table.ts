/** The one DynamoDB table of a platform: a small row per run. Keys and index are those of shared/wire/run-table.ts. */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { Grant } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import {
	ALERT_KEY_PREFIX,
	BREAKER_KEY_PREFIX,
	CACHE_TAG_KEY_PREFIX,
	LIMITER_KEY_PREFIX,
	runTable,
	SCHEDULE_KEY_PREFIX,
	SWEEP_KEY_PREFIX,
} from "../../shared/wire/run-table.ts";

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

	/** Claim, settle, progress; tickets of rate limiters, slots, cached results. */
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

	/** Circuit breakers only, likewise. */
	grantBreakers(grantee: IGrantable): void {
		const conditions = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${BREAKER_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:GetItem", "dynamodb:UpdateItem"], this.table.tableArn, conditions);
	}

	/** Versions of cache tags only: who has this can take cached results away, and make none up. */
	grantInvalidateCache(grantee: IGrantable): void {
		const conditions = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${CACHE_TAG_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:UpdateItem"], this.table.tableArn, conditions);
	}

	/** What is known of schedules, which lies in the same table under keys of its own, and the listing of it: with it, reading any row of a run. */
	grantSchedules(grantee: IGrantable): void {
		this.grantRead(grantee);
		const conditions = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${SCHEDULE_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:DeleteItem", "dynamodb:UpdateItem"], this.table.tableArn, conditions);
	}

	/** Revoking runs: a row that is made or changed, each under its own condition. */
	grantRevoke(grantee: IGrantable): void {
		// No run id holds the `#` that every other kind of item has in its key.
		const conditions = { "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": ["*#*"] } };
		this.#grant(grantee, ["dynamodb:PutItem", "dynamodb:UpdateItem"], this.table.tableArn, conditions);
	}

	/** Which alerts were told, which lies in the same table under keys of its own. */
	grantAlerts(grantee: IGrantable): void {
		const conditions = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${ALERT_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:GetItem", "dynamodb:PutItem"], this.table.tableArn, conditions);
	}

	/** What a sweep does: look at the listing and at rows, end the run of a row, and keep its own items, under keys of their own. */
	grantSweep(grantee: IGrantable): void {
		this.grantRead(grantee);
		// No run id holds the `#` that every other kind of item has in its key: limiters, slots, remembered effects.
		const rows = { "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": ["*#*"] } };
		this.#grant(grantee, ["dynamodb:UpdateItem"], this.table.tableArn, rows);
		const own = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${SWEEP_KEY_PREFIX}*`] } };
		this.#grant(grantee, ["dynamodb:BatchWriteItem", "dynamodb:UpdateItem"], this.table.tableArn, own);
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
