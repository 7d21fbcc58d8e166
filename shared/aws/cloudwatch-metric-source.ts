/** What the workers' logs became in the platform's namespace of CloudWatch, a day at a time. Costs $0.01 per 1,000 queries. */
import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { MetricQuery, MetricSource } from "../ports/metric-source.ts";
import { awsFailure } from "./aws-error.ts";
import { inChunks, inParallel } from "./in-parallel.ts";

const DAY_SECONDS = 86_400;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (2026-11-21) */
const QUERIES_MAX = 500;
const REQUESTS_AT_ONCE = 4;

export interface CloudWatchMetricSourceOptions {
	readonly client: CloudWatchClient;
	/** As the workers write it. */
	readonly namespace: string;
}

export function createCloudWatchMetricSource({ client, namespace }: CloudWatchMetricSourceOptions): MetricSource {
	return {
		async readDay(queries, now) {
			const day = Math.floor(now / (DAY_SECONDS * 1000)) * DAY_SECONDS * 1000;
			try {
				const answers = await inParallel(inChunks(queries, QUERIES_MAX), REQUESTS_AT_ONCE, async (chunk) => {
					const values = new Map<string, number>();
					let NextToken: string | undefined;
					do {
						const answer = await client.send(
							new GetMetricDataCommand({
								StartTime: new Date(day),
								EndTime: new Date(now + 1000),
								MetricDataQueries: chunk.map((query, index) => toAws(query, index, namespace)),
								...(NextToken === undefined ? {} : { NextToken }),
							}),
						);
						for (const { Id = "", Values: [value] = [] } of answer.MetricDataResults ?? [])
							if (value !== undefined) values.set(Id, value);
						({ NextToken } = answer);
					} while (NextToken !== undefined);
					return chunk.map((_, index) => values.get(idOf(index)) ?? 0);
				});
				return answers.flat();
			} catch (error) {
				throw awsFailure("store-failed", "CloudWatch GetMetricData", error);
			}
		},
	};
}

const idOf = (index: number): string => `q${index}`;

const toAws = (
	{ name, group, job, errorClass, statistic }: MetricQuery,
	index: number,
	Namespace: string,
): MetricDataQuery => ({
	Id: idOf(index),
	MetricStat: {
		Metric: {
			Namespace,
			MetricName: name,
			Dimensions: [
				{ Name: "service", Value: group },
				{ Name: "job", Value: job },
				...(errorClass === undefined ? [] : [{ Name: "errorClass", Value: errorClass }]),
			],
		},
		Period: DAY_SECONDS,
		Stat: statistic,
	},
	ReturnData: true,
});
