/**
 * The function that tells a team's chat of alarms. Its role reads the webhook's parameter, remembers which alerts it told, and asks queues how
 * long they are; what it could not tell after Lambda's own tries lies in a dead-letter queue.
 */
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Topic } from "aws-cdk-lib/aws-sns";
import { LambdaSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { SQS_RETENTION_SECONDS_MAX } from "../../../shared/kernel/limits.ts";
import type { WorkerBundle } from "../../bundle/worker-bundle.ts";
import type { QueueClass } from "../queue-class.ts";
import { grantReadSecret } from "../secret-parameter.ts";

export interface AlertsFunctionProps {
	readonly bundle: WorkerBundle;
	readonly topic: Topic;
	/**
	 * Name of a SecureString in SSM that holds the webhook's URL, or `/aws/reference/secretsmanager/NAME` for a secret. Only its name is in the
	 * template.
	 */
	readonly webhookParameter: string;
	readonly queueClasses: readonly QueueClass[];
	/** Holds the platform's address. */
	readonly platformParameter: IStringParameter;
	readonly logRetention: RetentionDays;
	readonly production: boolean;
}

export class AlertsFunction extends Construct {
	readonly function: LambdaFunction;
	/** What could not be told after all tries. */
	readonly untold: Queue;

	constructor(scope: Construct, id: string, props: AlertsFunctionProps) {
		super(scope, id);
		const logGroup = new LogGroup(this, "Logs", {
			retention: props.logRetention,
			removalPolicy: props.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
		});
		const role = new Role(this, "Role", {
			assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
			description: "Millrace alerts",
		});
		logGroup.grantWrite(role);
		const queueArns = props.queueClasses.flatMap(({ queue, deadLetterQueue }) => [
			queue.queueArn,
			deadLetterQueue.queueArn,
		]);
		allow(role, "sqs:GetQueueAttributes", queueArns);
		allow(role, "ssm:GetParameter", [props.platformParameter.parameterArn]);
		grantReadSecret(this, role, props.webhookParameter);
		this.untold = new Queue(this, "Untold", {
			encryption: QueueEncryption.SQS_MANAGED,
			enforceSSL: true,
			retentionPeriod: Duration.seconds(SQS_RETENTION_SECONDS_MAX),
		});
		Validations.of(this.untold).acknowledge({
			id: "AwsSolutions-SQS3",
			reason:
				"It is what is left of alerts that could not be told after all tries: the end of the line, which nothing reads by itself.",
		});
		this.function = new LambdaFunction(this, "Function", {
			description: "Millrace: tells the team's chat of alarms",
			runtime: Runtime.NODEJS_24_X,
			architecture: Architecture.ARM_64,
			handler: "index.handler",
			code: Code.fromAsset(props.bundle.folder),
			timeout: Duration.seconds(60),
			memorySize: 256,
			role,
			logGroup,
			onFailure: new SqsDestination(this.untold),
			environment: {
				MILLRACE_PLATFORM_PARAMETER: props.platformParameter.parameterName,
				ALERTS_WEBHOOK_PARAMETER: props.webhookParameter,
				POWERTOOLS_SERVICE_NAME: "alerts",
			},
		});
		props.topic.addSubscription(new LambdaSubscription(this.function));
	}
}

function allow(role: Role, action: string, resources: readonly string[]): void {
	role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: [...resources] }));
}
