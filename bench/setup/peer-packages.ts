// The npm packages of the peers (Powertools, BullMQ), installed on demand into bench/peers/node_modules from their own
// lockfile. The project's own install never contains them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Availability, complaint } from "./availability.ts";
import { PEERS_FOLDER } from "./paths.ts";
import { runCommand } from "./run-command.ts";

/** Name to version of every direct dependency of the peers, as installed. */
export type PeerPackages = Readonly<Record<string, string>>;

let installing: Promise<Availability<PeerPackages>> | undefined;

/** Installs once per process; resolves at once when the installed versions are the wanted ones already. */
export function ensurePeerPackages(): Promise<Availability<PeerPackages>> {
	installing ??= installPeerPackages();
	return installing;
}

async function installPeerPackages(): Promise<Availability<PeerPackages>> {
	const wanted = await readDependencies(join(PEERS_FOLDER, "package.json"));
	if (!(await sameAsInstalled(wanted))) {
		// Not "npm ci": that refuses a lockfile without the optional packages of platforms that the registry at hand did not offer.
		const result = await runCommand("npm", ["install", "--no-save", "--no-audit", "--no-fund"], PEERS_FOLDER);
		if (result.code !== 0 || !(await sameAsInstalled(wanted))) {
			const missing = `the peers' npm packages: "npm install" in bench/peers failed (${complaint(result.stderr)})`;
			return { available: false, missing };
		}
	}
	return { available: true, found: wanted, versions: wanted };
}

async function sameAsInstalled(wanted: PeerPackages): Promise<boolean> {
	for (const [name, version] of Object.entries(wanted)) {
		if ((await readVersion(join(PEERS_FOLDER, "node_modules", name, "package.json"))) !== version) return false;
	}
	return true;
}

async function readDependencies(path: string): Promise<PeerPackages> {
	const parsed: { dependencies: Record<string, string> } = JSON.parse(await readFile(path, "utf8"));
	return parsed.dependencies;
}

async function readVersion(path: string): Promise<string | undefined> {
	try {
		const parsed: { version?: string } = JSON.parse(await readFile(path, "utf8"));
		return parsed.version;
	} catch {
		return undefined;
	}
}
