/**
 * What a queue class is made of: the queue that producers send to, and its dead-letter queue.
 * The mapping that feeds the worker group from it belongs to the group (worker-group.ts).
 */
import { CfnResource, Duration, RemovalPolicy, Tags } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { QueueClassDefinition } from "../../shared/job/queue-class.ts";
import type { WorkerGroupDefinition } from "../../shared/job/worker-group.ts";
import {
	MAX_RECEIVE_COUNT,
	QUEUE_RETENTION_SECONDS,
	SQS_RETENTION_SECONDS_MAX,
	VISIBILITY_MARGIN_SECONDS,
} from "../../shared/kernel/limits.ts";

export interface QueueClassProps {
	readonly definition: QueueClassDefinition;
	/** The group that this class feeds: its timeout decides how long a message stays out of sight. */
	readonly group: WorkerGroupDefinition;
	/** The jobs of this class: the longest retry policy among them bounds how often one message may come back. */
	readonly jobs: readonly JobDefinition[];
	/** Whether messages outlive the class in the catalogue, and the stack. */
	readonly production: boolean;
}

/** Receives that cost no attempt: a store out of reach, no time left in the invocation, a second delivery while the first still performs. */
const SPARE_RECEIVES = 5;

/**
 * A worker that dies mid-run costs its message one receive, and the run one attempt. SQS must not dead-letter the message, without a
 * reason, while the policy still allows an attempt: hence one receive per attempt, one more to record the end, and some to spare.
 */
function maxReceiveCount(jobs: readonly JobDefinition[]): number {
	return Math.max(MAX_RECEIVE_COUNT, ...jobs.map(({ retry }) => retry.retriesMax + 2 + SPARE_RECEIVES));
}

export class QueueClass extends Construct {
	readonly definition: QueueClassDefinition;
	readonly queue: Queue;
	readonly deadLetterQueue: Queue;

	constructor(scope: Construct, id: string, { definition, group, jobs, production }: QueueClassProps) {
		super(scope, id);
		this.definition = definition;
		// Neither queue says which others may redrive to it (RedriveAllowPolicy byQueue): it would have to name the source by ARN, the source
		// names this one, and CloudFormation refuses the circle unless a physical name breaks it.
		this.deadLetterQueue = new Queue(this, "DeadLetters", {
			encryption: QueueEncryption.SQS_MANAGED,
			enforceSSL: true,
			retentionPeriod: Duration.seconds(SQS_RETENTION_SECONDS_MAX),
			// For an operator who looks at letters by hand: as long as a redrive of ten takes, and more.
			visibilityTimeout: Duration.seconds(60),
		});
		this.queue = new Queue(this, "Queue", {
			encryption: QueueEncryption.SQS_MANAGED,
			enforceSSL: true,
			// A message keeps its first send time when SQS moves it to the dead-letter queue: the ten days between this and the dead-letter
			// queue's fourteen are what an operator has to look at it.
			retentionPeriod: Duration.seconds(QUEUE_RETENTION_SECONDS),
			// AWS advises six times the function timeout, because receives that Lambda throttles count towards the dead-letter queue. Here
			// MaximumConcurrency bounds the receives instead, and a short visibility brings a killed worker's runs back sooner.
			visibilityTimeout: Duration.seconds(
				group.timeoutSeconds + definition.batchWindowSeconds + VISIBILITY_MARGIN_SECONDS,
			),
			deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: maxReceiveCount(jobs) },
		});
		// A message that was accepted is not CloudFormation's to delete: a class that leaves the catalogue, or a stack that goes, leaves its queues
		// with what they hold, and with the policies that keep them to TLS. Only what a failed deploy has just made goes: nobody knew it.
		const whenRemoved = production ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
		for (const child of this.node.findAll()) if (child instanceof CfnResource) child.applyRemovalPolicy(whenRemoved);
		Tags.of(this).add("millrace:queue-class", definition.name);
	}
}
