/**
 * GET /metrics: what Celery's services tell Prometheus, under the same names, from what CloudWatch counted of the workers and SQS knows of the
 * queues. Counters count since midnight UTC, which Prometheus takes for a restart.
 */
import { type ErrorClass, errorClasses } from "../../shared/job/error-class.ts";
import type { MetricQuery } from "../../shared/ports/metric-source.ts";
import type { Answer, ApiParts } from "./api-parts.ts";
import { keptFor } from "./kept-for.ts";
import { type MetricFamily, prometheusText, prometheusType, type Sample } from "./prometheus-text.ts";

/** CloudWatch asks $0.01 for 1,000 queries: nine a job and page, nine more where it ran, and ten more where it failed. */
const JOBS_KEPT_MS = 60_000;
/** Celery's services look at their queues every 30 s; SQS and Lambda ask nothing to speak of. */
const QUEUES_KEPT_MS = 15_000;
const BUCKET_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600] as const;

const completed = {
	SUCCESS: "RunsSucceeded",
	FAILURE: "RunsFailed",
	RETRY: "AttemptsRetried",
	REVOKED: "RunsRevoked",
	SKIPPED: "RunsSkipped",
} as const;

interface CountedJob {
	readonly group: string;
	readonly job: string;
}

export function metricsRoute(parts: ApiParts): Readonly<Record<"getMetrics", Answer>> {
	const jobs = keptFor(JOBS_KEPT_MS, parts.clock, () =>
		readJobs(parts).catch((error: unknown) => {
			parts.log.warn("CloudWatch did not answer", { error });
			return undefined;
		}),
	);
	const queues = keptFor(QUEUES_KEPT_MS, parts.clock, () => readQueueNumbers(parts));
	async function page(): Promise<string> {
		const [ofJobs, ofQueues] = await Promise.all([jobs(), queues()]);
		const comments = ofJobs === undefined ? ["Numbers of jobs are left out: CloudWatch did not answer."] : [];
		return prometheusText([...(ofJobs ?? []), ...ofQueues], comments);
	}
	return { getMetrics: async () => ({ status: 200, body: await page(), contentType: prometheusType }) };
}

async function readJobs({ catalogue, metrics, clock }: ApiParts): Promise<readonly MetricFamily[]> {
	const now = clock.now();
	const jobs = catalogue.jobs.map(
		({ name, queueClass }): CountedJob => ({ job: name, group: catalogue.groupOf(queueClass.name)?.name ?? "" }),
	);
	const numbers = createNumbers();
	const sums = ["AttemptsStarted", ...Object.values(completed), "RunDuration", "TicksTaken"];
	const read = async (queries: readonly MetricQuery[]): Promise<void> =>
		numbers.note(queries, await metrics.readDay(queries, now));
	await read(
		jobs.flatMap((job): MetricQuery[] => [
			...sums.map((name): MetricQuery => ({ ...job, name, statistic: "Sum" })),
			{ ...job, name: "RunDuration", statistic: "SampleCount" },
		]),
	);
	const countOf = (job: CountedJob): number => numbers.of({ ...job, name: "RunDuration", statistic: "SampleCount" });
	const ran = jobs.filter((job) => countOf(job) > 0);
	const rank = (job: CountedJob, seconds: number): MetricQuery => ({
		...job,
		name: "RunDuration",
		statistic: `PR(:${seconds * 1000})`,
	});
	await read(ran.flatMap((job) => BUCKET_SECONDS.map((seconds) => rank(job, seconds))));
	const sum = (job: CountedJob, name: string): number => numbers.of({ ...job, name, statistic: "Sum" });
	const failed = jobs.filter((job) => sum(job, completed.FAILURE) > 0);
	const byClass = (job: CountedJob, errorClass: ErrorClass | "unknown"): MetricQuery => ({
		...{ ...job, errorClass, name: "FailedRunsByClass", statistic: "Sum" },
	});
	await read(failed.flatMap((job) => [...errorClasses, "unknown" as const].map((name) => byClass(job, name))));
	return [
		{
			name: "celery_tasks_started_total",
			type: "counter",
			help: "Attempts begun since midnight UTC",
			samples: jobs.map((job) => ({ labels: { task_name: job.job }, value: sum(job, "AttemptsStarted") })),
		},
		{
			name: "celery_tasks_completed_total",
			type: "counter",
			help: "Attempts and runs ended since midnight UTC, by state",
			samples: jobs.flatMap((job) =>
				Object.entries(completed).map(([state, name]) => ({
					labels: { task_name: job.job, state },
					value: sum(job, name),
				})),
			),
		},
		{
			name: "celery_tasks_failed_total",
			type: "counter",
			help: "Runs that failed for good since midnight UTC, by class of their last error",
			samples: failed.flatMap((job) =>
				[...errorClasses, "unknown" as const].map((name) => ({
					labels: { task_name: job.job, exception_type: name },
					value: numbers.of(byClass(job, name)),
				})),
			),
		},
		{
			name: "celery_beat_tasks_sent_total",
			type: "counter",
			help: "Ticks of schedules that workers took since midnight UTC, those that they skipped included",
			samples: jobs.map((job) => ({ labels: { task_name: job.job }, value: sum(job, "TicksTaken") })),
		},
		{
			name: "celery_task_duration_seconds",
			type: "histogram",
			help: "Duration of the last attempt of runs that ended since midnight UTC",
			samples: ran.flatMap((job): Sample[] => {
				const labels = { task_name: job.job };
				const count = countOf(job);
				return [
					...BUCKET_SECONDS.map((seconds) => ({
						suffix: "_bucket",
						labels: { ...labels, le: String(seconds) },
						value: Math.round((numbers.of(rank(job, seconds)) / 100) * count),
					})),
					{ suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
					{ suffix: "_sum", labels, value: sum(job, "RunDuration") / 1000 },
					{ suffix: "_count", labels, value: count },
				];
			}),
		},
	];
}

async function readQueueNumbers({ catalogue, operator, mappings }: ApiParts): Promise<readonly MetricFamily[]> {
	const queues = await Promise.all(
		catalogue.queueClasses.map(async ({ name }) => ({
			labels: { queue_name: name },
			depth: await operator.depth({ queueClass: name, queue: "main" }),
			dead: await operator.depth({ queueClass: name, queue: "dead-letter" }),
			feeding: await mappings.read(name),
		})),
	);
	const gauge = (name: string, help: string, numberOf: (queue: (typeof queues)[number]) => number): MetricFamily => ({
		...{ name, help, type: "gauge" },
		samples: queues.map((queue) => ({ labels: queue.labels, value: numberOf(queue) })),
	});
	return [
		gauge("celery_queue_depth", "Messages that wait", ({ depth }) => depth.visible),
		gauge("celery_active_tasks", "Messages that workers hold", ({ depth }) => depth.inFlight),
		gauge("celery_workers", "1 while workers are handed messages", ({ feeding }) =>
			feeding.state === "active" ? 1 : 0,
		),
		gauge("millrace_delayed_messages", "Messages whose delay is not over", ({ depth }) => depth.delayed),
		gauge("millrace_dead_letters", "Messages in the dead-letter queue", ({ dead }) => dead.visible + dead.inFlight),
	];
}

function createNumbers() {
	const numbers = new Map<string, number>();
	const keyOf = ({ group, job, errorClass, name, statistic }: MetricQuery): string =>
		JSON.stringify([group, job, errorClass ?? null, name, statistic]);
	return {
		note: (queries: readonly MetricQuery[], values: readonly number[]): void => {
			for (const [index, query] of queries.entries()) numbers.set(keyOf(query), values[index] ?? 0);
		},
		of: (query: MetricQuery): number => numbers.get(keyOf(query)) ?? 0,
	};
}
