/**
 * A customer-managed key for everything that a platform stores: whatever holds data is found in the tree, so that nothing that is added later
 * is forgotten. Who works on encrypted things is allowed to use the key beside what it may do with them.
 */
import { Aws, Stack } from "aws-cdk-lib";
import { CfnGlobalTable } from "aws-cdk-lib/aws-dynamodb";
import {
	CfnPolicy,
	Effect,
	Grant,
	type IGrantable,
	PolicyStatement,
	Role,
	ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { CfnTopic } from "aws-cdk-lib/aws-sns";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";
import type { IConstruct } from "constructs";

/** What SQS, S3, DynamoDB, SNS and the scheduler ask of a caller. Spelled out: the wildcards of grantEncryptDecrypt cover the same three. */
const useActions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
/** One request to KMS serves a queue for as long, per caller; SQS's own default is 5 minutes, an hour costs a twelfth. */
const QUEUE_KEY_REUSE_SECONDS = 3600;

/** For who is not of the platform: a producer, an operator. */
export function grantKey(key: IKey | undefined, grantee: IGrantable): void {
	if (key === undefined) return;
	Grant.addToPrincipal({ grantee, actions: useActions, resourceArns: [key.keyArn] }).assertSuccess();
}

/** Every queue, table, bucket, topic, log group and schedule below `platform`. To be called when all of them are there. */
export function encryptPlatform(platform: IConstruct, key: IKey): void {
	const { keyArn } = key;
	for (const found of platform.node.findAll()) {
		if (found instanceof CfnQueue) {
			found.kmsMasterKeyId = keyArn;
			found.kmsDataKeyReusePeriodSeconds = QUEUE_KEY_REUSE_SECONDS;
			found.sqsManagedSseEnabled = undefined;
		} else if (found instanceof CfnGlobalTable) {
			found.sseSpecification = { sseEnabled: true, sseType: "KMS" };
			found.addPropertyOverride("Replicas.0.SSESpecification", { KMSMasterKeyId: keyArn });
		} else if (found instanceof CfnBucket) {
			const serverSideEncryptionByDefault = { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn };
			found.bucketEncryption = {
				serverSideEncryptionConfiguration: [{ bucketKeyEnabled: true, serverSideEncryptionByDefault }],
			};
		} else if (found instanceof CfnTopic) found.kmsMasterKeyId = keyArn;
		else if (found instanceof CfnLogGroup) found.kmsKeyId = keyArn;
		else if (found instanceof CfnSchedule) found.kmsKeyArn = keyArn;
		else if (found instanceof Role && worksOnData(found)) grantKey(key, found);
	}
	allowServices(key, Stack.of(platform));
}

/** A schedule's own input is encrypted, too, and read in the name of the role that it calls a function with. */
const dataAction = /^((sqs|s3|dynamodb|sns|scheduler):|lambda:InvokeFunction$)/;

function worksOnData(role: Role): boolean {
	const policies = role.node.findAll().filter((found) => found instanceof CfnPolicy);
	return policies.some(({ policyDocument }) => {
		const { Statement = [] }: { readonly Statement?: readonly { readonly Action: string | string[] }[] } =
			Stack.of(role).resolve(policyDocument) ?? {};
		return Statement.some(({ Action }) => [Action].flat().some((action) => dataAction.test(action)));
	});
}

/** What no role of the platform does: alarms tell the topic, CloudWatch Logs writes. A key of another stack or account must say so itself. */
function allowServices(key: IKey, stack: Stack): void {
	key.addToResourcePolicy(
		new PolicyStatement({
			sid: "MillraceAlarms",
			effect: Effect.ALLOW,
			principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
			actions: ["kms:Decrypt", "kms:GenerateDataKey"],
			resources: ["*"],
			conditions: { StringEquals: { "aws:SourceAccount": stack.account } },
		}),
	);
	key.addToResourcePolicy(
		new PolicyStatement({
			sid: "MillraceLogs",
			effect: Effect.ALLOW,
			principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
			actions: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
			resources: ["*"],
			conditions: {
				ArnLike: {
					"kms:EncryptionContext:aws:logs:arn": `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:*`,
				},
			},
		}),
	);
}
