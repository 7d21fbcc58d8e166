/** The options of `npm start`. */
import { parseArgs } from "node:util";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { Extent } from "./choose-points.ts";

export interface StartOptions {
	/** End after the main job instead of staying up. */
	readonly once: boolean;
	/** One JSON document on standard output, and nothing else there. */
	readonly json: boolean;
	readonly extent: Extent;
	readonly dataDir: string | undefined;
	readonly help: boolean;
}

export const helpText = `Usage: npm start [-- options]

Starts the whole stack on this machine, records the series of data/nab as pipeline executions through it, checks them for
anomalies, says what was found, and stays up for messages until Ctrl-C.

  --once       end when the main job's runs have ended, with exit code 0 when all succeeded
  --json       print the findings as one JSON document on standard output, everything else on standard error
               (npm itself writes two lines there first; \`npm start --silent -- --json\` keeps it quiet)
  --full       all 20,749 executions instead of a stretch around each labelled window (takes minutes)
  --data DIR   keep queues, tables and objects in DIR over restarts; what a start with them performed in the last 24 h is not sent again
               (\`npx millrace start --data DIR\` starts the same stack without recording anything)
  --help       this text

Exit codes: 0 done, 1 a run failed, 2 a wrong option or an app that does not synthesize, or a stack runs here already,
3 a wait timed out, 4 the stack did not do it, 70 a fault of this program, 130 interrupted.`;

/** @throws MillraceError `usage` */
export function parseOptions(args: readonly string[]): StartOptions {
	try {
		const { values } = parseArgs({
			args: [...args],
			options: {
				once: { type: "boolean", default: false },
				json: { type: "boolean", default: false },
				full: { type: "boolean", default: false },
				data: { type: "string" },
				help: { type: "boolean", short: "h", default: false },
			},
		});
		if (values.data === "") throw new Error("--data needs a folder");
		return {
			once: values.once,
			json: values.json,
			extent: values.full ? "full" : "stretch",
			dataDir: values.data,
			help: values.help,
		};
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new MillraceError("usage", `${why}\nSee \`npm start -- --help\`.`, { cause: error });
	}
}
