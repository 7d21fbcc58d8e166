/**
 * The real CDK CLI of this project, pointed at the emulator, and the project's own command. Their environment is made from nothing, so that no
 * profile, key or region of the machine can reach them: whatever goes wrong, they can't touch an account.
 */
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { runCommand } from "./command.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";
/** MiniStack's root keys. */
export const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
const COMMAND_BOUND_SECONDS = 120;

/** An app as the CLI sees it: the folder with its cdk.json, and its one stack. */
export interface DeployedApp {
	readonly folder: string;
	readonly stack: string;
	/** Default: what the folder's cdk.json says. */
	readonly app?: string;
	readonly context: Readonly<Record<string, string>>;
}

export type Outputs = Readonly<Record<string, string>>;

export interface Cdk {
	bootstrap(): Promise<string>;
	deploy(app: DeployedApp): Promise<Outputs>;
	/** Deploys what was synthesized for the stack last. */
	deployAgain(app: DeployedApp): Promise<Outputs>;
	/** By what was synthesized for the stack last. */
	destroy(app: DeployedApp): Promise<string>;
	/** `npx millrace …`; what it printed, on both of its outputs. */
	millrace(...args: readonly string[]): Promise<string>;
}

export function createCdk(options: {
	readonly projectFolder: string;
	readonly endpoint: string;
	/** For its assemblies and outputs; the project's own cdk.out stays untouched. */
	readonly folder: string;
	readonly logFile: string;
}): Cdk {
	const { projectFolder, endpoint, folder, logFile } = options;
	const env = {
		PATH: [join(projectFolder, "node_modules", ".bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
		HOME: folder,
		TMPDIR: folder,
		CI: "1",
		AWS_ENDPOINT_URL: endpoint,
		AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
		AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
		AWS_REGION: REGION,
		AWS_EC2_METADATA_DISABLED: "true",
		CDK_DISABLE_CLI_TELEMETRY: "1",
	};
	const node = (cwd: string, ...args: readonly string[]) =>
		runCommand({ file: process.execPath, args, env, cwd, timeoutSeconds: COMMAND_BOUND_SECONDS, logFile });
	const run = (cwd: string, ...args: readonly string[]) =>
		node(cwd, join(projectFolder, "node_modules", "aws-cdk", "bin", "cdk"), ...args, "--no-notices", "--no-color");
	const assemblyOf = ({ stack }: DeployedApp) => join(folder, `cdk.out-${stack}`);
	const synthesis = (app: DeployedApp) => [
		...["--output", assemblyOf(app)],
		...(app.app === undefined ? [] : ["--app", app.app]),
		...Object.entries(app.context).flatMap(([key, value]) => ["--context", `${key}=${value}`]),
	];
	const deploy = async (app: DeployedApp, ...from: readonly string[]): Promise<Outputs> => {
		const outputsFile = join(folder, `outputs-${app.stack}.json`);
		const terms = ["--require-approval", "never", "--progress", "events", "--outputs-file", outputsFile];
		await run(app.folder, "deploy", app.stack, ...from, ...terms);
		const outputs: Readonly<Record<string, Outputs>> = JSON.parse(await readFile(outputsFile, "utf8"));
		return outputs[app.stack] ?? {};
	};
	return {
		bootstrap: () => run(folder, "bootstrap", `aws://${ACCOUNT}/${REGION}`),
		deploy: (app) => deploy(app, ...synthesis(app)),
		deployAgain: (app) => deploy(app, "--app", assemblyOf(app)),
		destroy: (app) => run(app.folder, "destroy", app.stack, "--app", assemblyOf(app), "--force"),
		millrace: (...args) => node(projectFolder, join(projectFolder, "bin", "millrace.js"), ...args),
	};
}
