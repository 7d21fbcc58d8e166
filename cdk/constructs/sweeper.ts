/**
 * The sweeper: one function, called every half hour by a schedule, that looks for runs which no message carries any more. Its role reads
 * rows, ends exactly those runs, sends what successes enqueued, and asks queues, mappings and schedules what they hold; nothing else.
 */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
	Architecture,
	Code,
	type EventSourceMapping,
	Function as LambdaFunction,
	Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import { SWEEP_INTERVAL_MINUTES } from "../../shared/kernel/limits.ts";
import type { SweepEvent } from "../../shared/wire/sweep-event.ts";
import type { WorkerBundle } from "../bundle/worker-bundle.ts";
import type { QueueClass } from "./queue-class.ts";
import type { Schedules } from "./schedules.ts";

export interface SweeperProps {
	readonly bundle: WorkerBundle;
	/** With tokens. */
	readonly event: SweepEvent;
	readonly queueClasses: readonly QueueClass[];
	readonly mappings: readonly EventSourceMapping[];
	readonly schedules: Schedules;
	readonly logRetention: RetentionDays;
	/** Whether the logs outlive the stack. */
	readonly production: boolean;
}

/** For half a million runs, the most that one sweep looks at; an idle platform's takes a second. */
const TIMEOUT_SECONDS = 600;
const MEMORY_MB = 512;

export class Sweeper extends Construct {
	readonly function: LambdaFunction;

	constructor(scope: Construct, id: string, props: SweeperProps) {
		super(scope, id);
		const { production, schedules, queueClasses } = props;
		const logGroup = new LogGroup(this, "Logs", {
			retention: props.logRetention,
			removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
		});
		const role = new Role(this, "Role", {
			assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
			description: "Millrace sweeper",
		});
		logGroup.grantWrite(role);
		const queueArns = queueClasses.map(({ queue }) => queue.queueArn);
		const mappingArns = props.mappings.map(({ eventSourceMappingArn }) => eventSourceMappingArn);
		allow(role, ["sqs:GetQueueAttributes", "sqs:SendMessage"], queueArns);
		// Tags say why a class is paused.
		allow(role, ["lambda:GetEventSourceMapping", "lambda:ListTags"], mappingArns);
		this.function = new LambdaFunction(this, "Function", {
			description: "Millrace: finds runs that no message carries any more",
			runtime: Runtime.NODEJS_24_X,
			architecture: Architecture.ARM_64,
			handler: "index.handler",
			code: Code.fromAsset(props.bundle.folder),
			timeout: Duration.seconds(TIMEOUT_SECONDS),
			memorySize: MEMORY_MB,
			role,
			logGroup,
			environment: {
				POWERTOOLS_SERVICE_NAME: "sweeper",
				POWERTOOLS_METRICS_NAMESPACE: "Millrace",
			},
		});
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

function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
	role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
}

/** The queue class of each job, under every name that a row may know the job by. */
export const classesByJob = (jobs: readonly JobDefinition[]): Readonly<Record<string, string>> =>
	Object.fromEntries(jobs.flatMap((job) => [job.name, ...job.aliases].map((name) => [name, job.queueClass.name])));
