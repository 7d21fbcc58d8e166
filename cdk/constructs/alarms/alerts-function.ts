/**
 * The function that tells a team's chat of alarms. Its role reads the webhook's parameter, remembers which alerts it told, and asks queues how
 * long they are; what it could not tell after Lambda's own tries lies in a dead-letter queue.
 */
import { Duration, Validations } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { Topic } from "aws-cdk-lib/aws-sns";
import { LambdaSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { SQS_RETENTION_SECONDS_MAX } from "../../../shared/kernel/limits.ts";
import { allow, type FunctionHousing, makePlatformFunction } from "../platform-function.ts";
import type { QueueClass } from "../queue-class.ts";
import { grantReadSecret } from "../secret-parameter.ts";

export interface AlertsFunctionProps extends FunctionHousing {
	readonly topic: Topic;
	/**
	 * Name of a SecureString in SSM that holds the webhook's URL, or `/aws/reference/secretsmanager/NAME` for a secret. Only its name is in the
	 * template.
	 */
	readonly webhookParameter: string;
	readonly queueClasses: readonly QueueClass[];
	/** Holds the platform's address. */
	readonly platformParameter: IStringParameter;
}

export class AlertsFunction extends Construct {
	readonly function: LambdaFunction;
	/** What could not be told after all tries. */
	readonly untold: Queue;

	constructor(scope: Construct, id: string, props: AlertsFunctionProps) {
		super(scope, id);
		const { made, role } = makePlatformFunction(this, props, {
			who: "Millrace alerts",
			does: "Millrace: tells the team's chat of alarms",
			service: "alerts",
			timeoutSeconds: 60,
			memoryMb: 256,
			environment: {
				MILLRACE_PLATFORM_PARAMETER: props.platformParameter.parameterName,
				ALERTS_WEBHOOK_PARAMETER: props.webhookParameter,
			},
		});
		this.function = made;
		const queueArns = props.queueClasses.flatMap(({ queue, deadLetterQueue }) => [
			queue.queueArn,
			deadLetterQueue.queueArn,
		]);
		allow(role, ["sqs:GetQueueAttributes"], queueArns);
		allow(role, ["ssm:GetParameter"], [props.platformParameter.parameterArn]);
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
		made.configureAsyncInvoke({ onFailure: new SqsDestination(this.untold) });
		props.topic.addSubscription(new LambdaSubscription(this.function));
	}
}
