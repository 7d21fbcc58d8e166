/** The catalogue's schedules: each a schedule of EventBridge in the platform's group, which sends its job's message straight to the queue. */

import type { IRole } from "aws-cdk-lib/aws-iam";
import { CfnSchedule, type CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { eventBridgeExpression, type ScheduleDefinition } from "../../shared/job/schedule.ts";
import { scheduledRun } from "../../shared/job/scheduled-run.ts";
import { SCHEDULE_RETRIES_MAX } from "../../shared/kernel/limits.ts";
import { TICK_NAME_PREFIX, tickMessage } from "../../shared/wire/tick-message.ts";
import type { QueueClass } from "./queue-class.ts";

export interface JobSchedulesProps {
	readonly catalogue: Catalogue;
	readonly group: CfnScheduleGroup;
	/** Through which queue class a run goes, and as which role the scheduler sends to it. */
	readonly targetOf: (queueClass: string) => { readonly queueClass: QueueClass; readonly role: IRole };
}

/** A tick that can't be delivered for so long comes too late to be told from the next ones. */
const EVENT_AGE_SECONDS_MAX = 86_400;
const EVENT_AGE_SECONDS_MIN = 60;

export class JobSchedules extends Construct {
	constructor(scope: Construct, id: string, { catalogue, group, targetOf }: JobSchedulesProps) {
		super(scope, id);
		for (const schedule of catalogue.schedules) {
			const { queueClass, role } = targetOf(scheduledRun(catalogue, schedule).queueClass);
			const { expression, timeZone } = eventBridgeExpression(schedule.rule);
			new CfnSchedule(this, schedule.name, {
				// Operators stop and start it by this name.
				name: `${TICK_NAME_PREFIX}${schedule.name}`,
				groupName: group.ref,
				description: `Millrace: enqueues ${schedule.job.name}`,
				scheduleExpression: expression,
				scheduleExpressionTimezone: timeZone,
				flexibleTimeWindow: { mode: "OFF" },
				state: schedule.enabled ? "ENABLED" : "DISABLED",
				target: {
					arn: queueClass.queue.queueArn,
					roleArn: role.roleArn,
					input: tickMessage({ ...schedule, job: schedule.job.name }),
					retryPolicy: { maximumRetryAttempts: SCHEDULE_RETRIES_MAX, maximumEventAgeInSeconds: eventAge(schedule) },
					deadLetterConfig: { arn: queueClass.deadLetterQueue.queueArn },
				},
			});
		}
	}
}

const eventAge = ({ catchUp }: ScheduleDefinition): number =>
	Math.min(Math.max(catchUp.windowSeconds, EVENT_AGE_SECONDS_MIN), EVENT_AGE_SECONDS_MAX);
