/** The platform that `synthesizePlatform` made, on a local stack that runs: for clients and operators in tests and benchmarks. */
import type { LocalStack } from "../../local/local-stack.ts";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { PLATFORM_STACK } from "./synth-platform.ts";

export function localPlatformAddress(stack: LocalStack): PlatformAddress {
	const address = stack.platforms[PLATFORM_STACK];
	if (address === undefined) throw new Error(`the local stack has no platform of the stack ${PLATFORM_STACK}`);
	return address;
}

export const openLocalPlatform = (stack: LocalStack): ReturnType<typeof openPlatform> =>
	openPlatform(localPlatformAddress(stack), {
		region: stack.region,
		endpoints: stack.endpoints,
		credentials: { accessKeyId: "local", secretAccessKey: "local" },
	});
