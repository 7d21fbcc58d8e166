/** `npm start`: the whole stack on this machine, the main job on real data through it, and then up for messages until Ctrl-C. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalEvent } from "./local-event.ts";
import { type LocalStack, startLocalStack } from "./local-stack.ts";
import { type SeriesPipeline, toPipelines } from "./main-job/executions.ts";
import { createLiveProgress } from "./main-job/live-progress.ts";
import { nextSteps } from "./main-job/next-steps.ts";
import { helpText, parseOptions, type StartOptions } from "./main-job/options.ts";
import { renderPlot } from "./main-job/plot.ts";
import { formatTable, reportSeries, type SeriesReport } from "./main-job/report.ts";
import { type MainJobOutcome, mainJobSettings, runMainJob } from "./main-job/run-main-job.ts";
import { readSeries } from "./main-job/series.ts";
import { synthesize } from "./main-job/synthesize.ts";
import { tellError } from "./main-job/tell-error.ts";
import { atTime, createDescriber } from "./main-job/worker-lines.ts";
import { PAGE_PORT } from "./page/dashboard-page.ts";
import { DATA_OWNER_FILE, LOCAL_STATE_FILE, refuseClaimed } from "./state-file.ts";
import { stoppingWords } from "./stopping-words.ts";

const projectFolder = fileURLToPath(new URL("..", import.meta.url));
const assemblyFolder = join(projectFolder, "cdk.out");
const catalogueFile = join(projectFolder, "shared", "catalogue", "catalogue.ts");
const stateFile = join(projectFolder, LOCAL_STATE_FILE);
const plotFolder = join(projectFolder, "out", "plots");

/** Exit code of a program that Ctrl-C ended before it was done. */
const INTERRUPTED = 130;

/** What is said even while the main job runs. */
const troubles: ReadonlySet<LocalEvent["type"]> = new Set([
	"warning",
	"environment-failed",
	"environment-started",
	"catalogue-invalid",
	"catalogue-recovered",
	"restart-needed",
	"rebuild-failed",
	"rebuild-recovered",
]);

class Interrupted extends Error {}

interface Terminal {
	/** For people: standard output, or standard error when that is for JSON. */
	say(text: string): void;
	write(text: string): void;
	readonly isTty: boolean;
	readonly columns: number;
}

function openTerminal(json: boolean): Terminal {
	const stream = json ? process.stderr : process.stdout;
	return {
		say: (text) => void stream.write(`${text}\n`),
		write: (text) => void stream.write(text),
		isTty: stream.isTTY === true,
		columns: stream.columns ?? 100,
	};
}

async function main(options: StartOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
	const startedAt = performance.now();
	const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
	// Whoever listens now: the live line while the main job runs, lines for people afterwards.
	const describe = createDescriber();
	const announceTrouble = (event: LocalEvent): void => {
		const line = describe(event);
		if (line !== undefined && troubles.has(event.type)) terminal.say(line);
	};
	let listener = announceTrouble;

	// Before the assembly is written that a running stack may still read.
	if (!options.once) refuseClaimed(stateFile);
	if (options.dataDir !== undefined) refuseClaimed(join(options.dataDir, DATA_OWNER_FILE));
	terminal.say("Synthesizing the app…");
	await synthesize(projectFolder, assemblyFolder, interrupt);
	terminal.say(`Starting the stack… (${seconds()} s)`);
	const stack = await startLocalStack({
		assemblyDir: assemblyFolder,
		...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
		// Only a stack that stays is to be found by the command line.
		...(options.once ? {} : { stateFile, hotReload: true, catalogueFile, pagePort: PAGE_PORT }),
		onEvent: (event) => listener(event),
	});
	try {
		interrupt.throwIfAborted();
		if (stack.page !== undefined) terminal.say(`Dashboards, to watch what follows: ${stack.page.url}`);
		const pipelines = toPipelines(readSeries(), options.extent);
		const executions = pipelines.reduce((sum, { points }) => sum + points.length, 0);
		terminal.say(
			`Recording ${executions} executions of ${pipelines.length} pipelines, one message each; each enqueues its anomaly check. (${seconds()} s)`,
		);
		const progress = createLiveProgress(executions, terminal, stack);
		listener = (event) => {
			progress.onEvent(event);
			announceTrouble(event);
		};
		const outcome = await runMainJob(stack, pipelines, {
			signal: interrupt,
			kept: options.dataDir !== undefined,
			onEarlier: progress.onEarlier,
			onSent: progress.onSent,
			onNote: terminal.say,
		}).finally(() => progress.end());
		const reports = writePlots(pipelines, outcome);
		report(reports, outcome, { options, terminal, stack, seconds: seconds() });
		const exitCode = outcome.failed.length === 0 ? 0 : 1;
		if (options.once) return exitCode;

		listener = (event) => {
			const line = describe(event);
			if (line !== undefined) terminal.say(atTime(line));
		};
		tellNextSteps(stack, pipelines, outcome, terminal);
		await untilInterrupted(interrupt);
		return 0;
	} finally {
		listener = () => {};
		if (interrupt.aborted) terminal.say(stoppingWords(stack.undone(), options.dataDir !== undefined));
		await stack.stop();
	}
}

function writePlots(pipelines: readonly SeriesPipeline[], outcome: MainJobOutcome): readonly SeriesReport[] {
	mkdirSync(plotFolder, { recursive: true });
	return pipelines.map((pipeline) => {
		const { series, points } = pipeline;
		const detections = outcome.detections.get(pipeline.pipeline) ?? [];
		const file = join(plotFolder, `${series.name}.svg`);
		const found = reportSeries(pipeline, detections, mainJobSettings, relative(projectFolder, file));
		const subtitle = Object.entries(found.methods)
			.map(
				([method, { hits, false_alarms }]) =>
					`${method}: ${hits} of ${found.windows} windows, ${false_alarms} false alarm${false_alarms === 1 ? "" : "s"}`,
			)
			.join("; ");
		writeFileSync(file, renderPlot({ title: series.name, subtitle, points, windows: series.windows, detections }));
		return found;
	});
}

function report(
	reports: readonly SeriesReport[],
	outcome: MainJobOutcome,
	about: {
		readonly options: StartOptions;
		readonly terminal: Terminal;
		readonly stack: LocalStack;
		readonly seconds: number;
	},
): void {
	const { options, terminal, stack } = about;
	if (options.json) {
		const document = {
			version: 1,
			extent: options.extent,
			seconds: about.seconds,
			dynamodb_emulator: stack.dynamoDbEmulator,
			executions: reports.reduce((sum, { executions }) => sum + executions, 0),
			runs: outcome.runs,
			runs_of_earlier_starts: outcome.earlier,
			failed_runs: outcome.failed,
			settings: mainJobSettings,
			series: reports,
		};
		// One line: whoever runs it through npm, whose banner comes first, takes the last one.
		process.stdout.write(`${JSON.stringify(document)}\n`);
		return;
	}
	terminal.say(`\n${formatTable(reports)}\n`);
	const missed = reports.flatMap((series) =>
		Object.entries(series.methods).flatMap(([method, { missed_windows }]) =>
			missed_windows.map(({ from, to }) => `missed by ${method}: ${series.series}, ${from} to ${to}`),
		),
	);
	for (const line of missed) terminal.say(line);
	for (const { id, state, reason } of outcome.failed.slice(0, 10)) terminal.say(`run ${id} is ${state}: ${reason}`);
	if (outcome.failed.length > 10) terminal.say(`… and ${outcome.failed.length - 10} more`);
	const earlier = outcome.earlier === 0 ? "" : `${outcome.earlier} of them performed by an earlier start, `;
	terminal.say(
		`${outcome.runs} runs, ${earlier}${outcome.failed.length} of them failed, in ${about.seconds} s with everything. Plots: ${relative(projectFolder, plotFolder)}/*.svg`,
	);
}

function tellNextSteps(
	stack: LocalStack,
	pipelines: readonly SeriesPipeline[],
	outcome: MainJobOutcome,
	terminal: Terminal,
): void {
	const [platform] = Object.values(stack.platforms);
	const [first] = pipelines;
	if (platform === undefined || first === undefined) return;
	// One that was found anomalous has more to show; the first one has no history.
	const found = outcome.detections.get(first.pipeline)?.[0];
	const place = Math.max(
		0,
		first.points.findIndex(({ at }) => at === found?.at),
	);
	const [api = ""] = Object.values(stack.apis);
	const facts = { sqsEndpoint: stack.endpoints.sqs, region: stack.region, platform, api };
	if (stack.page !== undefined) terminal.say(`\nDashboards: ${stack.page.url}`);
	terminal.say(`\n${nextSteps({ ...facts, pipeline: first.pipeline, execution: first.firstExecution + place })}`);
}

async function untilInterrupted(interrupt: AbortSignal): Promise<void> {
	if (interrupt.aborted) return;
	await new Promise<void>((resolve) => interrupt.addEventListener("abort", () => resolve(), { once: true }));
}

const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
	process.on(name, () => {
		// Stopping is under way; whoever asks again does not want to wait for it.
		if (controller.signal.aborted) process.exit(INTERRUPTED);
		controller.abort(new Interrupted(name));
	});
}

try {
	const options = parseOptions(process.argv.slice(2));
	if (options.help) process.stdout.write(`${helpText}\n`);
	else process.exitCode = await main(options, openTerminal(options.json), controller.signal);
} catch (error) {
	if (error instanceof Interrupted) process.exitCode = INTERRUPTED;
	else {
		const { text, exitCode } = tellError(error);
		process.stderr.write(`${text}\n`);
		process.exitCode = exitCode;
	}
}
