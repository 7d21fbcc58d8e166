/** The bundler as a program: entries as JSON on standard input, the bundles or the failure as JSON on standard output. Run by `bundleWorkersSync`. */
import { text } from "node:stream/consumers";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { bundleWorkers } from "./bundle-workers.ts";
import type { BundlerAnswer, BundlerRequest } from "./bundle-workers-sync.ts";

const { entries, options } = JSON.parse(await text(process.stdin)) as BundlerRequest;
const answer: BundlerAnswer = await bundleWorkers(entries, options).then(
	(bundles) => ({ bundles }),
	(error: unknown) => {
		if (!(error instanceof MillraceError)) throw error;
		return { failure: { message: error.message, details: error.details } };
	},
);
process.stdout.write(JSON.stringify(answer));
