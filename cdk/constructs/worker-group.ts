/**
 * A worker group: one Lambda function with its own role, log group and bundle, and one mapping per queue class that feeds it.
 * The role may do what the engine does for the group's own jobs, and nothing else; what the jobs themselves need is granted by the team.
 */
import { Duration, Stack, Tags } from "aws-cdk-lib";
import { EventSourceMapping, type Function as LambdaFunction, RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { GroupSize } from "../../shared/job/profile.ts";
import type { WorkerGroupDefinition } from "../../shared/job/worker-group.ts";
import { invariant } from "../../shared/kernel/errors.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { allow, type FunctionHousing, makePlatformFunction, noteBundle } from "./platform-function.ts";
import type { QueueClass } from "./queue-class.ts";

export interface WorkerGroupProps extends FunctionHousing {
	readonly definition: WorkerGroupDefinition;
	/** The classes that feed the group. */
	readonly ownClasses: readonly QueueClass[];
	/** Further classes that the group's jobs enqueue to. */
	readonly enqueuedClasses: readonly QueueClass[];
	/** Table, bucket, and the queues of own and enqueued classes; with tokens. */
	readonly address: PlatformAddress;
	/** Invocations of each class at the same time, under the deployed profile. */
	readonly size: GroupSize;
	/** The name of that profile. */
	readonly profile: string;
	/** Added to the platform's own environment. */
	readonly environment: Readonly<Record<string, string>>;
}

export class WorkerGroup extends Construct {
	readonly definition: WorkerGroupDefinition;
	/** At the same time, of all its classes, under the deployed profile. */
	readonly invocationsMax: number;
	readonly function: LambdaFunction;
	/** By queue class. */
	readonly mappings: ReadonlyMap<string, EventSourceMapping>;

	constructor(scope: Construct, id: string, props: WorkerGroupProps) {
		super(scope, id);
		const { definition, ownClasses } = props;
		this.definition = definition;
		this.invocationsMax = props.size.invocations;
		const who = `Millrace worker group ${definition.name}`;
		const { made, role } = makePlatformFunction(this, props, {
			who,
			does: who,
			service: definition.name,
			timeoutSeconds: definition.timeoutSeconds,
			memoryMb: definition.memoryMb,
			// A retry is a new message from the function to its own queue. Lambda would stop such a chain after about 16 hops and let the run
			// end in the dead-letter queue; the engine counts the hops itself (HOPS_MAX).
			recursiveLoop: RecursiveLoop.ALLOW,
			environment: {
				...props.environment,
				MILLRACE_PLATFORM: Stack.of(this).toJsonString(props.address),
				MILLRACE_GROUP: definition.name,
			},
		});
		this.function = made;
		noteBundle(made, props.bundle);
		allow(
			role,
			// What a mapping does on the function's behalf.
			["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
			ownClasses.map(({ queue }) => queue.queueArn),
		);
		// Messages of long runs come back with their leases, not with the function's timeout.
		allow(
			role,
			["sqs:ChangeMessageVisibility"],
			ownClasses.map(({ queue }) => queue.queueArn),
		);
		allow(role, ["sqs:SendMessage"], sendableQueueArns(props));
		this.mappings = new Map(
			ownClasses.map((queueClass) => [queueClass.definition.name, this.#feedFrom(queueClass, props)]),
		);
		Tags.of(this).add("millrace:worker-group", definition.name);
	}

	#feedFrom({ definition, queue }: QueueClass, { size, profile }: WorkerGroupProps): EventSourceMapping {
		const invocations = size.classes.find(({ queueClass }) => queueClass === definition.name)?.invocations;
		invariant(invocations !== undefined, `a profile sizes every class (${definition.name})`);
		const mapping = new EventSourceMapping(this, `From-${definition.name}`, {
			target: this.function,
			eventSourceArn: queue.queueArn,
			batchSize: definition.batchSize,
			maxBatchingWindow: Duration.seconds(definition.batchWindowSeconds),
			maxConcurrency: invocations,
			reportBatchItemFailures: true,
		});
		// `millrace tune` keeps the profile in the same place.
		Tags.of(mapping).add("millrace:profile", profile);
		return mapping;
	}
}

/** Retries and deferrals go to the own queues, failures to their dead-letter queues, follow-ups to the queues of the jobs enqueued. */
function sendableQueueArns({ ownClasses, enqueuedClasses }: WorkerGroupProps): readonly string[] {
	return [
		...ownClasses.flatMap(({ queue, deadLetterQueue }) => [queue.queueArn, deadLetterQueue.queueArn]),
		...enqueuedClasses.map(({ queue }) => queue.queueArn),
	];
}
