/**
 * The sweeper: one function, called every half hour by a schedule, that looks for runs which no message carries any more. Its role reads
 * rows, ends exactly those runs, sends what successes enqueued, and asks queues, mappings and schedules what they hold; nothing else.
 */
import { Stack } from "aws-cdk-lib";
import type { EventSourceMapping, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import { SWEEP_INTERVAL_MINUTES } from "../../shared/kernel/limits.ts";
import type { SweepEvent } from "../../shared/wire/sweep-event.ts";
import { allow, type FunctionHousing, makePlatformFunction } from "./platform-function.ts";
import type { QueueClass } from "./queue-class.ts";
import type { Schedules } from "./schedules.ts";

export interface SweeperProps extends FunctionHousing {
	/** With tokens. */
	readonly event: SweepEvent;
	readonly queueClasses: readonly QueueClass[];
	readonly mappings: readonly EventSourceMapping[];
	readonly schedules: Schedules;
}

/** For half a million runs, the most that one sweep looks at; an idle platform's takes a second. */
const TIMEOUT_SECONDS = 600;
const MEMORY_MB = 512;

export class Sweeper extends Construct {
	readonly function: LambdaFunction;

	constructor(scope: Construct, id: string, props: SweeperProps) {
		super(scope, id);
		const { schedules, queueClasses } = props;
		const { made, role } = makePlatformFunction(this, props, {
			who: "Millrace sweeper",
			does: "Millrace: finds runs that no message carries any more",
			service: "sweeper",
			timeoutSeconds: TIMEOUT_SECONDS,
			memoryMb: MEMORY_MB,
		});
		this.function = made;
		const queueArns = queueClasses.map(({ queue }) => queue.queueArn);
		const mappingArns = props.mappings.map(({ eventSourceMappingArn }) => eventSourceMappingArn);
		allow(role, ["sqs:GetQueueAttributes", "sqs:SendMessage"], queueArns);
		// Tags say why a class is paused.
		allow(role, ["lambda:GetEventSourceMapping", "lambda:ListTags"], mappingArns);
		schedules.grantLook(this.function);
		const caller = schedules.makeCallerRole("sweeper", this.function);
		new CfnSchedule(this, "Schedule", {
			// Not by CloudFormation: a stack's name could begin as those of ticking schedules, which services may be let at.
			name: "sweeper",
			description: "Millrace: calls the sweeper",
			groupName: schedules.group.ref,
			scheduleExpression: `rate(${SWEEP_INTERVAL_MINUTES} minutes)`,
			flexibleTimeWindow: { mode: "OFF" },
			target: {
				arn: this.function.functionArn,
				roleArn: caller.roleArn,
				input: Stack.of(this).toJsonString(props.event),
				// The next one does what this one would have.
				retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
			},
		});
	}
}

/** The queue class of each job, under every name that a row may know the job by. */
export const classesByJob = (jobs: readonly JobDefinition[]): Readonly<Record<string, string>> =>
	Object.fromEntries(jobs.flatMap((job) => [job.name, ...job.aliases].map((name) => [name, job.queueClass.name])));
