/**
 * The alarms of one queue class, and one above them that shows whether the class needs anybody. That one tells nobody: on for one thing, it says nothing
 * of the next.
 */
import { Duration } from "aws-cdk-lib";
import {
	Alarm,
	AlarmRule,
	AlarmState,
	ComparisonOperator,
	CompositeAlarm,
	type IMetric,
	MathExpression,
	TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type AlarmLevel, alarmLevels, depthMinutes } from "../../../shared/job/queue-alarms.ts";
import { type AlarmKind, type AlarmNotice, describeAlarm } from "../../../shared/wire/alarm-notice.ts";
import type { QueueClass } from "../queue-class.ts";

export interface QueueClassAlarmsProps {
	readonly queueClass: QueueClass;
	/** Of a runbook's page. */
	readonly runbookUrl: (page: string) => string;
	/** Has every change of state of the alarm told, to whom its level is for. */
	readonly notify: (alarm: Alarm, level: AlarmLevel) => void;
	/** Has it shown, and told to nobody. */
	readonly show: (alarm: CompositeAlarm) => void;
}

const MINUTE = Duration.minutes(1);
/** Waiting, and nothing taken: for so long, since an idle queue's metrics come late. */
const NO_CONSUMER_MINUTES = 15;

/** When it is on, and what it says then. */
interface AlarmRules {
	readonly threshold: number;
	readonly minutes: number;
	readonly of: number;
	readonly words: string;
	readonly notice: AlarmNotice;
}

export class QueueClassAlarms extends Construct {
	readonly #notify: QueueClassAlarmsProps["notify"];

	constructor(scope: Construct, id: string, { queueClass, runbookUrl, notify, show }: QueueClassAlarmsProps) {
		super(scope, id);
		this.#notify = notify;
		const { definition, queue, deadLetterQueue } = queueClass;
		const { alarms } = definition;
		if (alarms === false) return;
		const { name } = definition;
		const notice = (kind: AlarmKind, level: AlarmLevel, page: string): AlarmNotice => ({
			...{ kind, level, about: name },
			runbook: runbookUrl(page),
		});
		const visible = waiting(queue);
		const levels = alarmLevels.flatMap((level) => {
			const threshold = alarms.depth[level];
			return threshold === undefined ? [] : [{ level, threshold }];
		});
		const depths = levels.map(({ level, threshold }, index) => {
			const [above, below] = [levels[index + 1], levels[index - 1]];
			return this.#alarm(`Depth${level}`, visible, {
				...{ threshold, minutes: depthMinutes.met, of: depthMinutes.of },
				words: `Queue class ${name}: ${threshold} or more messages wait.`,
				notice: {
					...notice("depth", level, "queue-depth"),
					...(above === undefined ? {} : { above: above.threshold }),
					...(below === undefined ? {} : { below: below.threshold }),
				},
			});
		});
		const oldest = queue.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: "Maximum" });
		const age = this.#alarm("Age", oldest, {
			...{ threshold: alarms.ageSeconds, minutes: 3, of: 5 },
			words: `Queue class ${name}: the oldest message has waited for ${alarms.ageSeconds} s or more.`,
			notice: notice("age", "WARNING", "oldest-message"),
		});
		const letters = this.#alarm("DeadLetters", waiting(deadLetterQueue), {
			...{ threshold: 1, minutes: 1, of: 1 },
			words: `Queue class ${name}: there are dead letters.`,
			notice: notice("dead-letters", alarms.deadLetters, "dead-letters"),
		});
		const idle = new MathExpression({
			expression: "IF(waiting > 0 AND FILL(taken, 0) == 0, 1, 0)",
			usingMetrics: {
				waiting: visible,
				taken: queue.metricNumberOfMessagesReceived({ period: MINUTE, statistic: "Sum" }),
			},
			period: MINUTE,
			label: "messages wait and none is taken",
		});
		const noConsumer = this.#alarm("NoConsumer", idle, {
			...{ threshold: 1, minutes: NO_CONSUMER_MINUTES, of: NO_CONSUMER_MINUTES },
			words: `Queue class ${name}: messages have waited for ${NO_CONSUMER_MINUTES} minutes and nothing takes them.`,
			notice: notice("no-consumer", "CRITICAL", "no-consumer"),
		});
		const serious = [...depths.slice(-1), age, letters, noConsumer];
		show(
			new CompositeAlarm(this, "NeedsAttention", {
				alarmRule: AlarmRule.anyOf(...serious.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
				alarmDescription: describeAlarm(
					`Queue class ${name} needs attention.`,
					notice("class", "WARNING", "queue-class"),
				),
			}),
		);
	}

	#alarm(id: string, metric: IMetric, at: AlarmRules): Alarm {
		const alarm = new Alarm(this, id, {
			metric,
			threshold: at.threshold,
			comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			datapointsToAlarm: at.minutes,
			evaluationPeriods: at.of,
			// SQS says nothing of a queue that has been idle for six hours.
			treatMissingData: TreatMissingData.NOT_BREACHING,
			alarmDescription: describeAlarm(at.words, at.notice),
		});
		this.#notify(alarm, at.notice.level);
		return alarm;
	}
}

const waiting = (queue: IQueue): IMetric =>
	queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: "Maximum" });
