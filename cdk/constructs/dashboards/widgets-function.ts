/**
 * The widgets function of the dashboards: its role may look at runs, letters, schedules, limits and breakers of this platform, and do what the
 * widgets' buttons do. Who may invoke it may do the same, so nobody is given that here: CloudWatch invokes it as whoever looks at a dashboard.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, CfnFunction, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { catalogueCard } from "../../../shared/catalogue/catalogue-card.ts";
import type { Catalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { WIDGETS_METADATA } from "../../../shared/dashboards/dashboard.ts";
import { CATALOGUE_CARD_FILE } from "../../../shared/wire/catalogue-card.ts";
import type { WorkerBundle } from "../../bundle/worker-bundle.ts";
import type { PayloadBucket } from "../payload-bucket.ts";
import type { QueueClass } from "../queue-class.ts";
import type { RunTable } from "../run-table.ts";
import type { Schedules } from "../schedules.ts";

export interface WidgetsFunctionProps {
	readonly bundle: WorkerBundle;
	readonly catalogue: Catalogue;
	readonly queueClasses: readonly QueueClass[];
	readonly runTable: RunTable;
	readonly payloads: PayloadBucket;
	readonly schedules: Schedules;
	/** As which the scheduler sends: a schedule that is paused keeps its role, and whoever pauses it must be allowed to hand it over. */
	readonly schedulerRoles: readonly Role[];
	/** Holds the platform's address. */
	readonly platformParameter: IStringParameter;
	readonly logRetention: RetentionDays;
	readonly production: boolean;
}

export class WidgetsFunction extends Construct {
	readonly function: LambdaFunction;

	constructor(scope: Construct, id: string, props: WidgetsFunctionProps) {
		super(scope, id);
		const { bundle, queueClasses, runTable, payloads, schedules } = props;
		const logGroup = new LogGroup(this, "Logs", {
			retention: props.logRetention,
			removalPolicy: props.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
		});
		const role = new Role(this, "Role", {
			assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
			description: "Millrace widgets",
		});
		logGroup.grantWrite(role);
		const queues = queueClasses.map(({ queue }) => queue.queueArn);
		const deadLetterQueues = queueClasses.map(({ deadLetterQueue }) => deadLetterQueue.queueArn);
		allow(role, ["sqs:GetQueueAttributes"], [...queues, ...deadLetterQueues]);
		allow(
			role,
			["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:ReceiveMessage"],
			deadLetterQueues,
		);
		allow(role, ["sqs:SendMessage"], queues);
		allow(role, ["ssm:GetParameter"], [props.platformParameter.parameterArn]);

		// An environment's 4 KB would not hold the names of twenty classes and their jobs.
		writeFileSync(join(bundle.folder, CATALOGUE_CARD_FILE), JSON.stringify(catalogueCard(props.catalogue)));
		this.function = new LambdaFunction(this, "Function", {
			description: "Millrace: widgets of the dashboards",
			runtime: Runtime.NODEJS_24_X,
			architecture: Architecture.ARM_64,
			handler: "index.handler",
			code: Code.fromAsset(bundle.folder),
			// CloudWatch waits no longer than a minute or so for a widget.
			timeout: Duration.seconds(60),
			memorySize: 512,
			role,
			logGroup,
			environment: {
				MILLRACE_PLATFORM_PARAMETER: props.platformParameter.parameterName,
				POWERTOOLS_SERVICE_NAME: "widgets",
			},
		});
		runTable.grantSchedules(this.function);
		runTable.grantLimits(this.function);
		runTable.grantBreakers(this.function);
		schedules.grantTurn(this.function, props.schedulerRoles);
		payloads.grantOperate(this.function);
		const resource = this.function.node.defaultChild;
		if (resource instanceof CfnFunction) resource.addMetadata(WIDGETS_METADATA, true);
	}
}

function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
	role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
}
