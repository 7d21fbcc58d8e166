/** AWS's prices that docs/cost.md and the dashboards reckon with, each with where and when it was read. */

export interface Price {
	readonly what: string;
	/** US dollars for so many. */
	readonly dollars: number;
	readonly per: number;
	readonly unit: string;
	readonly source: string;
}

const pricing = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;

export const PRICES_READ = "2026-11-20";
export const PRICES_REGION = "us-east-1";

export const prices = {
	invocations: { what: "Lambda invocations", dollars: 0.2, per: 1e6, unit: "million", source: pricing("lambda") },
	gigabyteSeconds: {
		what: "Lambda time, arm64",
		dollars: 13.3334,
		per: 1e6,
		unit: "million GB-seconds",
		source: pricing("lambda"),
	},
	sqs: {
		what: "SQS requests of up to 64 KB, standard queues",
		dollars: 0.4,
		per: 1e6,
		unit: "million",
		source: pricing("sqs"),
	},
	writeUnits: {
		what: "DynamoDB write units, on demand",
		dollars: 0.625,
		per: 1e6,
		unit: "million",
		source: pricing("dynamodb"),
	},
	readUnits: {
		what: "DynamoDB read units, on demand",
		dollars: 0.125,
		per: 1e6,
		unit: "million",
		source: pricing("dynamodb"),
	},
	tableStorage: { what: "DynamoDB storage", dollars: 0.25, per: 1, unit: "GB and month", source: pricing("dynamodb") },
	recovery: {
		what: "DynamoDB point-in-time recovery",
		dollars: 0.2,
		per: 1,
		unit: "GB and month",
		source: pricing("dynamodb"),
	},
	s3Puts: { what: "S3 PUT", dollars: 5, per: 1e6, unit: "million", source: pricing("s3") },
	s3Gets: { what: "S3 GET", dollars: 0.4, per: 1e6, unit: "million", source: pricing("s3") },
	scheduled: {
		what: "EventBridge Scheduler, schedules that fire",
		dollars: 1,
		per: 1e6,
		unit: "million",
		source: pricing("eventbridge"),
	},
	metrics: {
		what: "CloudWatch custom metrics",
		dollars: 0.3,
		per: 1,
		unit: "metric and month",
		source: pricing("cloudwatch"),
	},
	alarms: {
		what: "CloudWatch alarms",
		dollars: 0.1,
		per: 1,
		unit: "watched metric and month",
		source: pricing("cloudwatch"),
	},
	compositeAlarms: {
		what: "CloudWatch composite alarms",
		dollars: 0.5,
		per: 1,
		unit: "alarm and month",
		source: pricing("cloudwatch"),
	},
	dashboards: {
		what: "CloudWatch dashboards",
		dollars: 3,
		per: 1,
		unit: "dashboard and month",
		source: pricing("cloudwatch"),
	},
	logs: { what: "CloudWatch Logs, ingested", dollars: 0.5, per: 1, unit: "GB", source: pricing("cloudwatch") },
	fargateTask: {
		what: "Fargate task, arm64, 0.25 vCPU and 0.5 GB",
		dollars: 7.21,
		per: 1,
		unit: "month",
		source: pricing("fargate"),
	},
	redisNode: {
		what: "ElastiCache for Valkey, cache.t4g.micro",
		dollars: 9.34,
		per: 1,
		unit: "node and month",
		source: pricing("elasticache"),
	},
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof prices;

/** What so many of it cost, in US dollars. */
export const cost = (of: PriceName, count: number): number => (prices[of].dollars / prices[of].per) * count;
