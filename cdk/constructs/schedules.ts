/**
 * Where long waits are kept: one schedule group for the platform, and per worker group a role as which the scheduler sends to the queues of
 * that group and to no others. A worker may make schedules in the group and hand them its own group's role.
 */
import { ArnFormat, Stack, Validations } from "aws-cdk-lib";
import {
	Effect,
	Grant,
	type IGrantable,
	type IPrincipal,
	PolicyStatement,
	Role,
	ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { TICK_NAME_PREFIX } from "../../shared/wire/tick-message.ts";
import type { QueueClass } from "./queue-class.ts";

const SCHEDULER = "scheduler.amazonaws.com";
/** Names of what ticks; waits of runs and the sweeper's schedule have others. */
const TICKS = `${TICK_NAME_PREFIX}*`;

/** How waits are named (`scheduleName` in shared/kernel/ids.ts): two hashes and a dot between. Ticks and the sweeper's schedule are not. */
const WAIT_NAMES = `${"?".repeat(31)}.${"?".repeat(32)}`;

export class Schedules extends Construct {
	readonly group: CfnScheduleGroup;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		// Deleted with the stack whatever the data's fate: its schedules send to queues that go, too.
		this.group = new CfnScheduleGroup(this, "Group");
	}

	/** The role for the schedules of a worker group, which sends to these classes, and to their dead-letter queues what can't be delivered. */
	makeRole(workerGroup: string, queueClasses: readonly QueueClass[]): Role {
		return this.#role(`Role-${workerGroup}`, {
			description: `Millrace: sends what waits for worker group ${workerGroup}`,
			actions: ["sqs:SendMessage"],
			resources: queueClasses.flatMap(({ queue, deadLetterQueue }) => [queue.queueArn, deadLetterQueue.queueArn]),
		});
	}

	/** The role for a schedule that calls a function. */
	makeCallerRole(name: string, called: IFunction): Role {
		return this.#role(`Caller-${name}`, {
			description: `Millrace: calls the ${name}`,
			actions: ["lambda:InvokeFunction"],
			resources: [called.functionArn],
		});
	}

	#role(
		id: string,
		{ description, actions, resources }: { description: string; actions: string[]; resources: string[] },
	) {
		const role = new Role(this, id, {
			assumedBy: new ServicePrincipal(SCHEDULER, {
				// Only for schedules of this group: else any schedule of any account could ask the service to act in this role's name.
				conditions: {
					StringEquals: { "aws:SourceAccount": Stack.of(this).account },
					ArnEquals: { "aws:SourceArn": this.group.attrArn },
				},
			}),
			description,
		});
		role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources }));
		return role;
	}

	/** What a worker does: make schedules that act as this role. */
	grantSchedule(grantee: IGrantable, role: Role): void {
		this.#grant(grantee, "scheduler:CreateSchedule", "*");
		Grant.addToPrincipal({
			grantee,
			actions: ["iam:PassRole"],
			resourceArns: [role.roleArn],
			conditions: { StringEquals: { "iam:PassedToService": SCHEDULER } },
		}).assertSuccess();
	}

	/** What the sweeper does: look whether one waits for a run. IAM knows no resource for it (ListSchedules); it shows names, no contents. */
	grantLook(grantee: IGrantable): void {
		Grant.addToPrincipal({ grantee, actions: ["scheduler:ListSchedules"], resourceArns: ["*"] }).assertSuccess();
		const principal = grantee.grantPrincipal;
		if (!Construct.isConstruct(principal)) return;
		Validations.of(principal).acknowledge({
			id: "AwsSolutions-IAM5[Resource::*]",
			reason:
				"scheduler:ListSchedules takes no resource. It tells names of schedules, which are hashes here, and none of their contents.",
		});
	}

	/**
	 * What makes schedules at run time, acting as these roles and no others: those that tick. What a role may send to, so may who hands it over,
	 * with any message; the waits of runs and the schedule of the sweeper are out of reach.
	 */
	grantRecur(grantee: IGrantable, roles: readonly Role[]): void {
		for (const operation of ["CreateSchedule", "DeleteSchedule"]) this.#grant(grantee, `scheduler:${operation}`, TICKS);
		this.grantTurn(grantee, roles);
	}

	/** What pauses and resumes schedules: an update hands over the role anew. */
	grantTurn(grantee: IGrantable, roles: readonly Role[]): void {
		for (const operation of ["GetSchedule", "UpdateSchedule"]) this.#grant(grantee, `scheduler:${operation}`, TICKS);
		Grant.addToPrincipal({
			grantee,
			actions: ["iam:PassRole"],
			resourceArns: roles.map(({ roleArn }) => roleArn),
			conditions: { StringEquals: { "iam:PassedToService": SCHEDULER } },
		}).assertSuccess();
	}

	/** What revokes runs: take back what waits for them. */
	grantCancel(grantee: IGrantable): void {
		this.#grant(grantee, "scheduler:DeleteSchedule", WAIT_NAMES);
	}

	#grant(grantee: IGrantable, action: string, names: string): void {
		const arn = Stack.of(this).formatArn({
			service: "scheduler",
			resource: "schedule",
			resourceName: `${this.group.ref}/${names}`,
			arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
		});
		Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [arn] }).assertSuccess();
		this.#acknowledgeWildcard(grantee.grantPrincipal, names);
	}

	#acknowledgeWildcard(principal: IPrincipal, names: string): void {
		if (!Construct.isConstruct(principal)) return;
		const group = Stack.of(this).getLogicalId(this.group);
		Validations.of(principal).acknowledge({
			id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<${group}>/${names}]`,
			reason:
				"Schedules are named after runs or by who makes them, so they can't be listed beforehand; the wildcard ends at the platform's own group.",
		});
	}
}
