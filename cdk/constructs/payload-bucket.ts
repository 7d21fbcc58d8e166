/** The one bucket of a platform: inputs, results and dead letters that are too large for a message or a row. Every key names its content. */
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Grant, type IGrantable, type IPrincipal } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { DELAY_SECONDS_MAX, RUN_RETENTION_SECONDS } from "../../shared/kernel/limits.ts";

const DAY_SECONDS = 86_400;

/** Longer than any message that refers to an input or a dead letter: 4 days in a queue, then up to 14 in its dead-letter queue, with delays between. */
const MESSAGE_PAYLOAD_DAYS = 30;

/** Folders of the bucket and for how many days their objects are kept. */
const expiryDays = {
	inputs: MESSAGE_PAYLOAD_DAYS,
	// Of runs that wait for weeks.
	"long-inputs": DELAY_SECONDS_MAX / DAY_SECONDS + MESSAGE_PAYLOAD_DAYS,
	// One day more than the row that points at it: the result cache gives it to other runs up to a day later.
	results: RUN_RETENTION_SECONDS / DAY_SECONDS + 1,
	"dead-letters": MESSAGE_PAYLOAD_DAYS,
	// A run may wait for its next attempt as long as for a message.
	checkpoints: MESSAGE_PAYLOAD_DAYS,
} as const;

type Folder = keyof typeof expiryDays;

export interface PayloadBucketProps {
	/** Whether the data outlives the stack. */
	readonly production: boolean;
}

export class PayloadBucket extends Construct {
	readonly bucket: Bucket;

	constructor(scope: Construct, id: string, { production }: PayloadBucketProps) {
		super(scope, id);
		this.bucket = new Bucket(this, "Bucket", {
			blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
			encryption: BucketEncryption.S3_MANAGED,
			objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
			enforceSSL: true,
			minimumTLSVersion: 1.2,
			removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
			autoDeleteObjects: !production,
			lifecycleRules: [
				...Object.entries(expiryDays).map(([folder, days]) => ({
					id: `expire-${folder}`,
					prefix: `${folder}/`,
					expiration: Duration.days(days),
				})),
				{ id: "abort-uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) },
			],
		});
		Validations.of(this.bucket).acknowledge({
			id: "AwsSolutions-S1",
			reason:
				"Only the platform's own roles reach these short-lived payloads. Access logs would need a second bucket that outlives them and cost more than the payloads; CloudTrail data events show access where an account wants it.",
		});
	}

	/** What a worker does: read claimed inputs, write follow-ups' inputs, results and dead letters, and read them again when an attempt repeats. */
	grantWork(grantee: IGrantable): void {
		this.#grant(
			grantee,
			["s3:GetObject", "s3:PutObject"],
			["inputs", "long-inputs", "results", "dead-letters", "checkpoints"],
		);
		this.#grantTellMissing(grantee);
	}

	/** What a producer does with an input that is too large for a message. */
	grantPutInput(grantee: IGrantable): void {
		this.#grant(grantee, ["s3:PutObject"], ["inputs"]);
	}

	/** What an operator does with dead letters: read their inputs, and put an input that was edited, or the one it was before. */
	grantOperate(grantee: IGrantable): void {
		this.#grant(grantee, ["s3:GetObject"], ["inputs", "long-inputs", "dead-letters"]);
		this.#grant(grantee, ["s3:PutObject"], ["inputs"]);
		this.#grantTellMissing(grantee);
	}

	grantReadResults(grantee: IGrantable): void {
		this.#grant(grantee, ["s3:GetObject"], ["results"]);
		this.#grantTellMissing(grantee);
	}

	/** S3 says 404 for a missing object only to who may list the bucket; to others it says 403, as if the role were at fault. */
	#grantTellMissing(grantee: IGrantable): void {
		const resourceArns = [this.bucket.bucketArn];
		Grant.addToPrincipal({ grantee, actions: ["s3:ListBucket"], resourceArns }).assertSuccess();
	}

	#grant(grantee: IGrantable, actions: string[], folders: readonly Folder[]): void {
		const resourceArns = folders.map((folder) => this.bucket.arnForObjects(`${folder}/*`));
		Grant.addToPrincipal({ grantee, actions, resourceArns }).assertSuccess();
		this.#acknowledgeWildcards(grantee.grantPrincipal, folders);
	}

	/** cdk-nag names a finding by the resource as it stands in the template, so one is acknowledged for each folder. */
	#acknowledgeWildcards(principal: IPrincipal, folders: readonly Folder[]): void {
		const resource = this.bucket.node.defaultChild;
		if (!Construct.isConstruct(principal) || !(resource instanceof CfnBucket)) return;
		const logicalId = Stack.of(this).getLogicalId(resource);
		for (const folder of folders) {
			Validations.of(principal).acknowledge({
				id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${folder}/*]`,
				reason: `Object keys name their content (a hash or a run id), so they can't be listed beforehand; the wildcard ends at the folder ${folder}/ of the platform's own bucket.`,
			});
		}
	}
}
