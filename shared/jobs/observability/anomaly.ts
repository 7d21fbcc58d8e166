/** What an anomaly is, and the settings that a pipeline may choose for its detection: shared by the jobs that set, find and read them. */
import * as z from "zod/mini";

/**
 * - `z-score`: distance from the mean of the history, in standard deviations.
 * - `robust`: distance from the median, in scaled median absolute deviations; outliers in the history hardly move it.
 */
export const detectionMethods = ["z-score", "robust"] as const;
export type DetectionMethod = (typeof detectionMethods)[number];

/** From the score as a multiple of the threshold: 1, 1.5, 2 and 3 times. */
export const severities = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];

export const metricName = z.string().check(z.minLength(1), z.maxLength(100));

export const anomalySettingsSchema = z
	.strictObject({
		methods: z._default(z.array(z.enum(detectionMethods)).check(z.minLength(1), z.maxLength(2)), ["z-score"]),
		threshold: z._default(
			z.number().check(z.gte(1), z.lte(100), z.describe("Scores above this are anomalies. Default 5.")),
			5,
		),
		window: z._default(
			z
				.int()
				.check(
					z.gte(5),
					z.lte(1000),
					z.describe("How many earlier successful executions are the history. Default 144."),
				),
			144,
		),
		minimum_history: z._default(
			z
				.int()
				.check(
					z.gte(2),
					z.lte(1000),
					z.describe("With fewer earlier values of a metric it is not judged. Default 30."),
				),
			30,
		),
		minimum_relative_change: z._default(
			z
				.number()
				.check(
					z.gte(0),
					z.lte(10),
					z.describe("Changes smaller than this share of the expected value are never anomalies. Default 0.1."),
				),
			0.1,
		),
		delay_seconds: z._default(
			z
				.int()
				.check(
					z.gte(0),
					z.lte(900),
					z.describe(
						"From a recorded execution to its check, so that those that end together are all recorded first. Default 5.",
					),
				),
			5,
		),
	})
	.check(
		z.refine((settings) => settings.minimum_history <= settings.window, {
			error: "must not be above window, or nothing is ever judged",
			path: ["minimum_history"],
		}),
	);
export type AnomalySettings = z.output<typeof anomalySettingsSchema>;

export const anomalySchema = z.strictObject({
	metric: metricName,
	method: z.enum(detectionMethods),
	severity: z.enum(severities),
	value: z.number(),
	/** The history's mean or median. */
	expected: z.number(),
	/** Signed: above or below what was expected. Capped at ±1000, which also stands for a change after a history without any. */
	score: z.number(),
});
export type Anomaly = z.output<typeof anomalySchema>;
