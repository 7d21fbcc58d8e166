/**
 * All alarms of a platform and the topic that they tell. CloudWatch bills an alarm at $0.10 a month and a composite one at $0.50: about $1.10 a
 * queue class, $0.20 a worker group and $0.50 for the platform, whether anything runs or not. A class with `alarms: false` has none.
 */
import { Duration, Stack, Validations } from "aws-cdk-lib";
import {
	Alarm,
	type AlarmBase,
	ComparisonOperator,
	type CompositeAlarm,
	type IMetric,
	MathExpression,
	Metric,
	TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { SWEEP_INTERVAL_MINUTES } from "../../../shared/kernel/limits.ts";
import { type AlarmNotice, describeAlarm } from "../../../shared/wire/alarm-notice.ts";
import type { QueueClass } from "../queue-class.ts";
import type { WorkerGroup } from "../worker-group.ts";
import { QueueClassAlarms } from "./queue-class-alarms.ts";

export interface PlatformAlarmsProps {
	readonly queueClasses: readonly QueueClass[];
	/** By name. */
	readonly workerGroups: ReadonlyMap<string, WorkerGroup>;
	/** Where the runbooks lie; `/page.md` is put after it. */
	readonly runbooks: string;
	/** For the topic. Default: SNS's own handling, since CloudWatch can't use the key that AWS manages for SNS. */
	readonly encryptionKey?: IKey;
}

const FIVE_MINUTES = Duration.minutes(5);
const ERROR_PERCENT = 5;
/** An hour of them. */
const SWEEPS_MISSED = 2;

export class PlatformAlarms extends Construct {
	readonly topic: Topic;
	/** All of them, each with the queue class or worker group that it is about; without one it is about the platform. */
	readonly alarms: readonly { readonly alarm: AlarmBase; readonly about?: string }[];
	readonly #runbookUrl: (page: string) => string;
	readonly #made: { readonly alarm: AlarmBase; readonly about?: string }[] = [];

	constructor(scope: Construct, id: string, props: PlatformAlarmsProps) {
		super(scope, id);
		this.topic = new Topic(this, "Topic", {
			enforceSSL: true,
			...(props.encryptionKey === undefined ? {} : { masterKey: props.encryptionKey }),
		});
		// A policy of the topic's own, which TLS takes, replaces the one by which SNS lets everything in the account publish.
		this.topic.addToResourcePolicy(
			new PolicyStatement({
				sid: "AlarmsOfThisAccount",
				effect: Effect.ALLOW,
				principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
				actions: ["sns:Publish"],
				resources: [this.topic.topicArn],
				conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
			}),
		);
		if (props.encryptionKey === undefined) {
			Validations.of(this.topic).acknowledge({
				id: "AwsSolutions-SNS2",
				reason:
					"CloudWatch can't publish to a topic that is encrypted with the key AWS manages for SNS; a key of one's own costs $1 a month. Alarms tell names of queue classes and numbers, nothing secret. Give JobPlatform an encryptionKey to change it.",
			});
		}
		const runbookUrl = (page: string): string => `${props.runbooks.replace(/\/$/, "")}/${page}.md`;
		for (const queueClass of props.queueClasses) {
			new QueueClassAlarms(this, `Queue-${queueClass.definition.name}`, {
				...{ queueClass, runbookUrl },
				notify: (alarm) => this.#notify(alarm, queueClass.definition.name),
			});
		}
		for (const [name, { function: worker }] of props.workerGroups) {
			const failed = new MathExpression({
				expression: "100 * errors / MAX([errors, invocations])",
				usingMetrics: {
					errors: worker.metricErrors({ period: FIVE_MINUTES }),
					invocations: worker.metricInvocations({ period: FIVE_MINUTES }),
				},
				period: FIVE_MINUTES,
				label: "failed invocations, %",
			});
			this.#alarm(
				`Errors-${name}`,
				failed,
				ERROR_PERCENT,
				`Worker group ${name}: ${ERROR_PERCENT} % or more of its invocations fail.`,
				{
					...{ kind: "errors", level: "CRITICAL", about: name },
					runbook: runbookUrl("worker-errors"),
				},
			);
			const throttles = worker.metricThrottles({ period: FIVE_MINUTES });
			this.#alarm(`Throttles-${name}`, throttles, 1, `Worker group ${name}: invocations are throttled.`, {
				...{ kind: "throttles", level: "WARNING", about: name },
				runbook: runbookUrl("throttles"),
			});
		}
		const sweeper = (metricName: string): Metric =>
			new Metric({
				...{ namespace: "Millrace", metricName, dimensionsMap: { service: "sweeper" } },
				...{ statistic: "Sum", period: Duration.minutes(30) },
			});
		const lost = new MathExpression({
			expression: "suspected + ended + again",
			usingMetrics: {
				suspected: sweeper("SweepRunsSuspected"),
				ended: sweeper("SweepRunsEnded"),
				again: sweeper("SweepRunsSentAgain"),
			},
			period: Duration.minutes(30),
			label: "runs that no message carries",
		});
		this.#alarm("OverdueLeases", lost, 1, "Runs are overdue: no message carries them any more.", {
			...{ kind: "overdue-leases", level: "WARNING" },
			runbook: runbookUrl("overdue-leases"),
		});
		this.#alarm("MissedTicks", sweeper("TicksMissed"), 1, "Ticks of schedules were missed.", {
			...{ kind: "missed-ticks", level: "WARNING" },
			runbook: runbookUrl("missed-ticks"),
		});
		this.#notify(
			new Alarm(this, "Sweeper", {
				metric: new Metric({
					...{ namespace: "Millrace", metricName: "SweepRunsLookedAt", dimensionsMap: { service: "sweeper" } },
					...{ statistic: "SampleCount", period: Duration.minutes(SWEEP_INTERVAL_MINUTES) },
				}),
				...{ threshold: 1, evaluationPeriods: SWEEPS_MISSED },
				comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
				// It is silence that is told: every sweep writes the metric, and what it finds is told by alarms that take silence for good.
				treatMissingData: TreatMissingData.BREACHING,
				alarmDescription: describeAlarm("The sweeper has not swept for an hour.", {
					...{ kind: "sweeper", level: "WARNING" },
					runbook: runbookUrl("sweeper"),
				}),
			}),
			undefined,
		);
		this.#runbookUrl = runbookUrl;
		this.alarms = this.#made;
	}

	/** What the chat was not told. By the topic, so that others who subscribe learn of it: the chat may be what fails. */
	watchUntold(queue: IQueue): void {
		const waiting = queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: "Maximum" });
		this.#alarm("Untold", waiting, 1, "Alerts could not be told to the team's chat.", {
			...{ kind: "untold", level: "WARNING" },
			runbook: this.#runbookUrl("untold"),
		});
	}

	#alarm(id: string, metric: IMetric, threshold: number, words: string, notice: AlarmNotice): void {
		this.#notify(
			new Alarm(this, id, {
				...{ metric, threshold, evaluationPeriods: 1 },
				comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
				treatMissingData: TreatMissingData.NOT_BREACHING,
				alarmDescription: describeAlarm(words, notice),
			}),
			notice.about,
		);
	}

	#notify(alarm: Alarm | CompositeAlarm, about: string | undefined): void {
		this.#made.push({ alarm, ...(about === undefined ? {} : { about }) });
		const action = new SnsAction(this.topic);
		alarm.addAlarmAction(action);
		alarm.addOkAction(action);
	}
}
