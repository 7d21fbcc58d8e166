/** CloudFormation takes 500 resources in a stack. CDK says so with a list of types; this says what to do about it. */
import { CfnResource, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

const RESOURCES_MAX = 500;

/** Counts when the app is synthesized, with what the application has put into the stack beside its platform. */
export function refuseTooManyResources(platform: Construct): void {
	platform.node.addValidation({
		validate: () => {
			const count = (scope: Construct): number =>
				scope.node.findAll().filter((child) => child instanceof CfnResource && Stack.of(child) === stack).length;
			const stack = Stack.of(platform);
			const all = count(stack);
			if (all <= RESOURCES_MAX) return [];
			return [
				`The stack ${stack.stackName} has ${all} resources, ${count(platform)} of them its job platform's, and CloudFormation takes ${RESOURCES_MAX}. A queue class is 13 of them, 6 without its alarms, and a worker group 10: let classes share worker groups, give classes that nobody is called for \`alarms: false\`, or make two platforms in two stacks.`,
			];
		},
	});
}
