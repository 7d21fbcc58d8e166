/**
 * Where producers and tools find a platform's queues, table and bucket, since nothing has a physical name:
 * - SSM parameters `/millrace/<stack name>/platform` (PlatformAddress as JSON) and `/millrace/<stack name>/queues/<class>/url`
 * - stack outputs `MillracePlatform` and `MillraceQueue<Class>Url`
 */
import { CfnOutput, Stack } from "aws-cdk-lib";
import { ParameterTier, StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { refuseTooLong } from "./address-size.ts";

export interface AddressBookProps {
	/** With tokens. */
	readonly address: PlatformAddress;
}

export class AddressBook extends Construct {
	/** The PlatformAddress as JSON. */
	readonly platform: StringParameter;

	constructor(scope: Construct, id: string, { address }: AddressBookProps) {
		super(scope, id);
		const stack = Stack.of(this);
		const path = `/millrace/${stack.stackName}`;
		refuseTooLong(stack, address);
		const addressJson = stack.toJsonString(address);
		this.platform = new StringParameter(this, "Platform", {
			parameterName: `${path}/platform`,
			description: "Table, bucket and queues of the Millrace platform, as JSON",
			stringValue: addressJson,
			// A standard parameter takes 4 KB, which is full at about ten queue classes; beyond, SSM makes it an advanced one by itself, for $0.05 a month.
			tier: ParameterTier.INTELLIGENT_TIERING,
		});
		this.#output("MillracePlatform", "Table, bucket and queues of the platform, as JSON", addressJson);
		for (const [name, { url }] of Object.entries(address.queues)) {
			new StringParameter(this, `Queue-${name}`, {
				parameterName: `${path}/queues/${name}/url`,
				description: `Where messages of the queue class ${name} are sent to`,
				stringValue: url,
			});
			this.#output(`MillraceQueue${pascalCase(name)}Url`, `Queue URL of the class ${name}`, url);
		}
	}

	/** Under exactly this key, whatever the constructs around it are called: people and scripts read it. */
	#output(key: string, description: string, value: string): void {
		new CfnOutput(this, key, { description, value }).overrideLogicalId(key);
	}
}

const pascalCase = (name: string): string =>
	name
		.split("-")
		.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
		.join("");
