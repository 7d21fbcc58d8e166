/**
 * CloudFormation's own rules, as CDK applies them to every template by default, but once for a template: building their engine takes longer than all else of
 * a synth. Remembered are templates that nothing was found in, byte for byte; one with a finding is checked and told of again.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import {
	CloudFormationValidatePlugin,
	type IPolicyValidationContext,
	type PolicyValidationPluginReport,
} from "aws-cdk-lib";

const REMEMBERED_MAX = 50;
/** The rules come with it. */
const cdkVersion = String((createRequire(import.meta.url)("aws-cdk-lib/package.json") as { version: unknown }).version);

export class RememberedChecks extends CloudFormationValidatePlugin {
	readonly #file: string;

	/** @param file what has been found clean, a hash a line */
	constructor(file: string) {
		super();
		this.#file = file;
	}

	override get version(): string {
		return super.version ?? "";
	}

	override get ruleIds(): string[] {
		return super.ruleIds ?? [];
	}

	override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
		const checked = this.#hash(context);
		const remembered = linesOf(this.#file);
		if (remembered.includes(checked)) return { success: true, violations: [] };
		const report = super.validate(context);
		if (report.violations.length === 0) {
			mkdirSync(dirname(this.#file), { recursive: true });
			// Whole or not at all, whoever else synthesizes at the same time.
			const written = `${this.#file}.${process.pid}`;
			writeFileSync(written, [...remembered, checked].slice(-REMEMBERED_MAX).join("\n"));
			renameSync(written, this.#file);
		}
		return report;
	}

	/** Of all that the findings depend on. */
	#hash({ stackTemplates }: IPolicyValidationContext): string {
		const hash = createHash("sha256").update(JSON.stringify([cdkVersion, this.version]));
		for (const { stackConstructPath, templatePath, accountId, region } of stackTemplates) {
			const template = readFileSync(templatePath, "utf8");
			hash.update(JSON.stringify([stackConstructPath, accountId, region, template]));
		}
		return hash.digest("hex");
	}
}

function linesOf(file: string): readonly string[] {
	try {
		return readFileSync(file, "utf8").split("\n");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw error;
	}
}
