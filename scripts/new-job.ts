/**
 * `npm run new:job -- send-welcome-email --queue-class observability [--family email]`: writes a job's definition, implementation and
 * test, and lists it in the catalogue and in the entry file of its worker group. Writes everything or nothing, and no file twice.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { catalogue } from "../shared/catalogue/catalogue.ts";
import * as queues from "../shared/catalogue/queues.ts";
import { MillraceError } from "../shared/kernel/errors.ts";
import { addToCatalogue, addToWorkerEntry } from "./new-job/insert-lines.ts";
import { jobNames } from "./new-job/job-names.ts";
import { type JobPlace, pathsOf, textsOf } from "./new-job/templates.ts";

const project = join(import.meta.dirname, "..");
const usage = "npm run new:job -- send-welcome-email --queue-class observability [--family email]";

function readArguments(): { readonly name: string; readonly queueClass: string; readonly family: string } {
	const { values, positionals } = readCommandLine();
	const [name] = positionals;
	const queueClass = values["queue-class"];
	if (name === undefined || positionals.length > 1 || queueClass === undefined) {
		throw new MillraceError(
			"usage",
			`One name and a queue class are needed: ${usage}\nKnown queue classes: ${classNames()}.`,
		);
	}
	const family = values.family ?? queueClass;
	if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(family)) {
		throw new MillraceError("usage", `A family is a folder's name in lower-case words joined by "-". Got "${family}".`);
	}
	return { name, queueClass, family };
}

function readCommandLine() {
	try {
		return parseArgs({
			allowPositionals: true,
			options: { "queue-class": { type: "string" }, family: { type: "string" } },
		});
	} catch (error) {
		throw new MillraceError("usage", `${error instanceof Error ? error.message : String(error)}\n${usage}`, {
			cause: error,
		});
	}
}

const classNames = (): string => catalogue.queueClasses.map((queueClass) => queueClass.name).join(", ");

interface Place extends JobPlace {
	readonly queueClass: string;
	readonly group: string;
}

function findPlace(): Place {
	const { name, queueClass, family } = readArguments();
	const names = jobNames(name);
	const existing = catalogue.findJob(names.wire) ?? catalogue.findJob(names.file);
	if (existing !== undefined) {
		const known = catalogue.jobs.map((job) => job.name).join(", ");
		throw new MillraceError(
			"usage",
			`A job "${existing.name}" exists already, and names are never used twice. Known jobs: ${known}.`,
		);
	}
	const found = catalogue.findQueueClass(queueClass);
	const group = catalogue.groupOf(queueClass);
	if (found === undefined || group === undefined) {
		throw new MillraceError(
			"queue-class-not-found",
			`There is no queue class "${queueClass}". Known: ${classNames()}.`,
		);
	}
	const constant = Object.entries(queues).find(([, value]) => Object.is(value, found))?.[0];
	if (constant === undefined) {
		throw new MillraceError(
			"usage",
			`Queue class "${queueClass}" is not exported by shared/catalogue/queues.ts; export it first.`,
		);
	}
	return { names, family, queueClassConstant: constant, queueClass, group: group.name };
}

function writeJob(place: Place): {
	readonly written: readonly string[];
	readonly changed: readonly string[];
} {
	const paths = pathsOf(place);
	const texts = textsOf(place);
	const written = [paths.definition, paths.implementation, paths.test];
	const taken = written.filter((path) => existsSync(join(project, path)));
	if (taken.length > 0) {
		throw new MillraceError(
			"usage",
			`Nothing was written, because there is already ${taken.join(", ")}. Choose another name or --family.`,
		);
	}
	const entryPath = `lambdas/worker/${place.group}.ts`;
	const cataloguePath = "shared/catalogue/catalogue.ts";
	const read = (path: string): string => readFileSync(join(project, path), "utf8");
	const contents = new Map([
		[paths.definition, texts.definition],
		[paths.implementation, texts.implementation],
		[paths.test, texts.test],
		[cataloguePath, addToCatalogue(read(cataloguePath), place.names, place.family)],
		[entryPath, addToWorkerEntry(read(entryPath), place.names, place.family, place.group)],
	]);
	for (const [path, content] of contents) {
		mkdirSync(dirname(join(project, path)), { recursive: true });
		writeFileSync(join(project, path), content);
	}
	// Sorts the imports and breaks long lines.
	execFileSync(join(project, "node_modules/.bin/biome"), ["check", "--write", ...contents.keys()], {
		cwd: project,
		stdio: "pipe",
	});
	return { written, changed: [cataloguePath, entryPath] };
}

try {
	const place = findPlace();
	const { written, changed } = writeJob(place);
	const [definition, implementation, test] = written;
	console.log(`\
Job ${place.names.wire} in queue class ${place.queueClass}, performed by worker group ${place.group}.
${written.map((path) => `  written  ${path}`).join("\n")}
${changed.map((path) => `  changed  ${path}`).join("\n")}

Next:
  1. Say what it takes and gives back: ${definition}
  2. Make it do the work: ${implementation}
  3. npx vitest run --project unit ${test}
  4. npm run docs:generate && npm run check
  5. npm start, and in another terminal:
     npm run millrace -- call ${place.names.wire} --input '{"items":["first"]}' --wait
The guide: docs/guides/add-a-job.md`);
} catch (error) {
	if (!(error instanceof MillraceError)) throw error;
	console.error(`${error.code}: ${error.message}`);
	process.exitCode = 1;
}
