/**
 * The widgets function of the dashboards: its role may look at runs, letters, schedules, limits and breakers of this platform, and do what the
 * widgets' buttons do. Who may invoke it may do the same, so nobody is given that here: CloudWatch invokes it as whoever looks at a dashboard.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "aws-cdk-lib/aws-iam";
import { CfnFunction, type EventSourceMapping, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { catalogueCard } from "../../../shared/catalogue/catalogue-card.ts";
import type { Catalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { WIDGETS_METADATA } from "../../../shared/dashboards/dashboard.ts";
import { CATALOGUE_CARD_FILE } from "../../../shared/wire/catalogue-card.ts";
import type { PayloadBucket } from "../payload-bucket.ts";
import { allow, type FunctionHousing, makePlatformFunction } from "../platform-function.ts";
import type { QueueClass } from "../queue-class.ts";
import type { RunTable } from "../run-table.ts";
import type { Schedules } from "../schedules.ts";

export interface WidgetsFunctionProps extends FunctionHousing {
	readonly catalogue: Catalogue;
	readonly queueClasses: readonly QueueClass[];
	/** Those that feed the classes. */
	readonly mappings: readonly EventSourceMapping[];
	readonly runTable: RunTable;
	readonly payloads: PayloadBucket;
	readonly schedules: Schedules;
	/** As which the scheduler sends: a schedule that is paused keeps its role, and whoever pauses it must be allowed to hand it over. */
	readonly schedulerRoles: readonly Role[];
	/** Holds the platform's address. */
	readonly platformParameter: IStringParameter;
}

export class WidgetsFunction extends Construct {
	readonly function: LambdaFunction;

	constructor(scope: Construct, id: string, props: WidgetsFunctionProps) {
		super(scope, id);
		const { bundle, queueClasses, runTable, payloads, schedules } = props;
		// An environment's 4 KB would not hold the names of twenty classes and their jobs.
		writeFileSync(join(bundle.folder, CATALOGUE_CARD_FILE), JSON.stringify(catalogueCard(props.catalogue)));
		const { made, role } = makePlatformFunction(this, props, {
			who: "Millrace widgets",
			does: "Millrace: widgets of the dashboards",
			service: "widgets",
			// CloudWatch waits no longer than a minute or so for a widget.
			timeoutSeconds: 60,
			memoryMb: 512,
			environment: { MILLRACE_PLATFORM_PARAMETER: props.platformParameter.parameterName },
		});
		this.function = made;
		const queues = queueClasses.map(({ queue }) => queue.queueArn);
		const deadLetterQueues = queueClasses.map(({ deadLetterQueue }) => deadLetterQueue.queueArn);
		allow(role, ["sqs:GetQueueAttributes"], [...queues, ...deadLetterQueues]);
		allow(
			role,
			["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:ReceiveMessage"],
			deadLetterQueues,
		);
		allow(role, ["sqs:SendMessage"], queues);
		const mappings = props.mappings.map(({ eventSourceMappingArn }) => eventSourceMappingArn);
		allow(role, ["lambda:GetEventSourceMapping", "lambda:ListTags"], mappings);
		allow(role, ["ssm:GetParameter"], [props.platformParameter.parameterArn]);
		runTable.grantSchedules(this.function);
		runTable.grantLimits(this.function);
		runTable.grantBreakers(this.function);
		schedules.grantTurn(this.function, props.schedulerRoles);
		payloads.grantOperate(this.function);
		const resource = this.function.node.defaultChild;
		if (resource instanceof CfnFunction) resource.addMetadata(WIDGETS_METADATA, true);
	}
}
