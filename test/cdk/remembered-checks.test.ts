/** Which templates are checked again. The rules themselves are CDK's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, CloudFormationValidatePlugin, type PolicyValidationPluginReport } from "aws-cdk-lib";
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from "vitest";
import { RememberedChecks } from "../../cdk/remembered-checks.ts";

const clean: PolicyValidationPluginReport = { success: true, violations: [] };
const warned: PolicyValidationPluginReport = {
	success: true,
	violations: [{ ruleName: "W1", description: "d", severity: "warning", violatingResources: [] }],
};

let folder: string;
let found: PolicyValidationPluginReport;
let rules: MockInstance<CloudFormationValidatePlugin["validate"]>;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "millrace-checks-"));
	found = clean;
	rules = vi.spyOn(CloudFormationValidatePlugin.prototype, "validate").mockImplementation(() => found);
});
afterEach(() => {
	rules.mockRestore();
	rmSync(folder, { recursive: true, force: true });
});

/** As each synth does, in a process of its own. */
function check(template: string, region?: string): PolicyValidationPluginReport {
	const templatePath = join(folder, "Shop.template.json");
	writeFileSync(templatePath, template);
	const stack = { stackConstructPath: "Shop", templatePath, accountId: undefined, region };
	return new RememberedChecks(join(folder, "cache", "checked")).validate({
		...{ templatePaths: [templatePath], stackTemplates: [stack], appConstruct: new App() },
	});
}

it("checks a template once, and again when a byte of it or its region is another", () => {
	expect([check("{}"), check("{}")]).toEqual([clean, clean]);
	expect(rules).toHaveBeenCalledTimes(1);
	check("{ }");
	expect(rules).toHaveBeenCalledTimes(2);
	check("{}", "eu-central-1");
	expect(rules).toHaveBeenCalledTimes(3);
	check("{ }");
	expect(rules).toHaveBeenCalledTimes(3);
});

it("tells a finding at every synth", () => {
	found = warned;
	expect([check("{}"), check("{}")]).toEqual([warned, warned]);
	found = clean;
	check("{}");
	found = warned;
	expect(check("{}")).toEqual(clean);
	expect(rules).toHaveBeenCalledTimes(3);
});
