// A Python that has Celery and the Redis client: a virtual environment the bench makes from PyPI with pinned versions,
// else the system's own packages (Debian: celery, python3-redis).
import { join } from "node:path";
import { type Availability, complaint } from "./availability.ts";
import { CACHE_FOLDER, PEERS_FOLDER } from "./paths.ts";
import { runCommand } from "./run-command.ts";

export const CELERY_FOLDER = join(PEERS_FOLDER, "celery");

const PRINT_VERSIONS =
	"import celery, redis, platform; print(celery.__version__, redis.__version__, platform.python_version())";

/** The path of that Python. */
export async function ensureCelery(): Promise<Availability<string>> {
	const environment = join(CACHE_FOLDER, "celery-venv");
	const python = join(environment, "bin", "python");
	const requirements = join(CELERY_FOLDER, "requirements.txt");
	const already = await versionsOf(python);
	if (already) return already;
	const made = await runCommand("python3", ["-m", "venv", environment]);
	const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
	const installed = made.code === 0 ? await runCommand(python, install) : made;
	const fresh = installed.code === 0 ? await versionsOf(python) : undefined;
	const system = fresh ?? (await versionsOf("python3"));
	if (system) return system;
	const missing =
		`Celery: neither a virtual environment with PyPI's nor the system's python3 has it (${complaint(installed.stderr)}); ` +
		"install Python 3.9 or later with venv, or on Debian: apt-get install celery python3-redis";
	return { available: false, missing };
}

async function versionsOf(python: string): Promise<Availability<string> | undefined> {
	const result = await runCommand(python, ["-c", PRINT_VERSIONS]);
	const [celery, redis, platform] = result.stdout.trim().split(" ");
	if (result.code !== 0 || !celery || !redis || !platform) return undefined;
	return { available: true, found: python, versions: { celery, "redis-py": redis, python: platform } };
}
