/**
 * All alarms of a platform, the topic for who reads along and the one for who is woken. CloudWatch bills $0.10 a month for a
 * metric that an alarm watches and $0.50 for a composite alarm: $1.20 a queue class, $0.50 a worker group and $0.50 for the platform, whether anything runs or not. A class with `alarms: false` has none.
 */
import { Annotations, Duration, Stack, Validations } from "aws-cdk-lib";
import {
	Alarm,
	type AlarmBase,
	ComparisonOperator,
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
import type { AlarmLevel } from "../../../shared/job/queue-alarms.ts";
import { SWEEP_INTERVAL_MINUTES } from "../../../shared/kernel/limits.ts";
import { type AlarmNotice, describeAlarm } from "../../../shared/wire/alarm-notice.ts";
import { metricsNamespace } from "../metrics-namespace.ts";
import type { QueueClass } from "../queue-class.ts";
import type { WorkerGroup } from "../worker-group.ts";
import { QueueClassAlarms } from "./queue-class-alarms.ts";

export interface PlatformAlarmsProps {
	readonly queueClasses: readonly QueueClass[];
	/** By name. */
	readonly workerGroups: ReadonlyMap<string, WorkerGroup>;
	/** Where the runbooks lie; `/page.md` is put after it. `undefined`: where they are in the package, which nobody can follow from a chat. */
	readonly runbooks: string | undefined;
	/** Whether people are told in a chat. */
	readonly toChat: boolean;
	/** For the topics. Default: SNS's own handling, since CloudWatch can't use the key that AWS manages for SNS. */
	readonly encryptionKey: IKey | undefined;
}

const RUNBOOKS_IN_PACKAGE = "docs/runbooks";
const FIVE_MINUTES = Duration.minutes(5);
const ERROR_PERCENT = 5;
/** In this time, of so many failures at least: one of two runs at night is no error rate. */
const FAILED_RUNS = { percent: 25, least: 3, minutes: 15 };
/** An hour of them. */
const SWEEPS_MISSED = 2;

export class PlatformAlarms extends Construct {
	/** What people read: every alarm but those above a class's own, which tell nobody. */
	readonly topic: Topic;
	/** What wakes somebody: each alarm that is critical, by itself, so that none keeps another one from being told. */
	readonly pageTopic: Topic;
	/** All of them, each with the queue class or worker group that it is about; without one it is about the platform. */
	readonly alarms: readonly { readonly alarm: AlarmBase; readonly about?: string }[];
	readonly #runbookUrl: (page: string) => string;
	readonly #made: { readonly alarm: AlarmBase; readonly about?: string }[] = [];

	constructor(scope: Construct, id: string, props: PlatformAlarmsProps) {
		super(scope, id);
		this.topic = this.#makeTopic("Topic", props.encryptionKey);
		this.pageTopic = this.#makeTopic("PageTopic", props.encryptionKey);
		const namespace = metricsNamespace(this);
		const { runbooks = RUNBOOKS_IN_PACKAGE } = props;
		if (props.toChat && !/^https?:\/\//.test(runbooks)) {
			Annotations.of(this).addWarningV2(
				"millrace:runbooks",
				`Alarms are told to a chat and link to "${runbooks}", which is no address there. Publish the pages of docs/runbooks where your team reads, and say where: alarms.runbooks of JobPlatform, or -c millrace:runbooks=https://… for the project's own app.`,
			);
		}
		const runbookUrl = (page: string): string => `${runbooks.replace(/\/$/, "")}/${page}.md`;
		for (const queueClass of props.queueClasses) {
			new QueueClassAlarms(this, `Queue-${queueClass.definition.name}`, {
				...{ queueClass, runbookUrl },
				notify: (alarm, level) => this.#notify(alarm, level, queueClass.definition.name),
				show: (alarm) => this.#made.push({ alarm, about: queueClass.definition.name }),
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
			const ended = (metricName: string): Metric =>
				new Metric({
					...{ namespace, metricName, dimensionsMap: { service: name } },
					...{ statistic: "Sum", period: Duration.minutes(FAILED_RUNS.minutes) },
				});
			const failedRuns = new MathExpression({
				expression: `IF(failed >= ${FAILED_RUNS.least}, 100 * failed / (failed + succeeded), 0)`,
				usingMetrics: { failed: ended("GroupRunsFailed"), succeeded: ended("GroupRunsSucceeded") },
				period: Duration.minutes(FAILED_RUNS.minutes),
				label: "runs that failed for good, %",
			});
			this.#alarm(
				`FailedRuns-${name}`,
				failedRuns,
				FAILED_RUNS.percent,
				`Worker group ${name}: ${FAILED_RUNS.percent} % or more of the runs that ended in ${FAILED_RUNS.minutes} minutes failed for good, ${FAILED_RUNS.least} or more.`,
				{
					...{ kind: "failed-runs", level: "CRITICAL", about: name },
					runbook: runbookUrl("failed-runs"),
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
				...{ namespace, metricName, dimensionsMap: { service: "sweeper" } },
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
					...{ namespace, metricName: "SweepRunsLookedAt", dimensionsMap: { service: "sweeper" } },
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
			"WARNING",
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
		const alarm = new Alarm(this, id, {
			...{ metric, threshold, evaluationPeriods: 1 },
			comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			treatMissingData: TreatMissingData.NOT_BREACHING,
			alarmDescription: describeAlarm(words, notice),
		});
		this.#notify(alarm, notice.level, notice.about);
	}

	#notify(alarm: Alarm, level: AlarmLevel, about: string | undefined): void {
		this.#made.push({ alarm, ...(about === undefined ? {} : { about }) });
		tell(alarm, this.topic);
		if (level === "CRITICAL") tell(alarm, this.pageTopic);
	}

	#makeTopic(id: string, masterKey: IKey | undefined): Topic {
		const topic = new Topic(this, id, { enforceSSL: true, ...(masterKey === undefined ? {} : { masterKey }) });
		// A policy of the topic's own, which TLS takes, replaces the one by which SNS lets everything in the account publish.
		topic.addToResourcePolicy(
			new PolicyStatement({
				sid: "AlarmsOfThisAccount",
				effect: Effect.ALLOW,
				principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
				actions: ["sns:Publish"],
				resources: [topic.topicArn],
				conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
			}),
		);
		if (masterKey === undefined) {
			Validations.of(topic).acknowledge({
				id: "AwsSolutions-SNS2",
				reason:
					"CloudWatch can't publish to a topic that is encrypted with the key AWS manages for SNS; a key of one's own costs $1 a month. Alarms tell names of queue classes and numbers, nothing secret. Give JobPlatform an encryptionKey to change it.",
			});
		}
		return topic;
	}
}

function tell(alarm: Alarm, topic: Topic): void {
	const action = new SnsAction(topic);
	alarm.addAlarmAction(action);
	alarm.addOkAction(action);
}
