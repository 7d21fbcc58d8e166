// Where the bench finds the project and keeps what it installs.
import { fileURLToPath } from "node:url";

export const PROJECT_FOLDER = fileURLToPath(new URL("../../", import.meta.url));
export const PEERS_FOLDER = fileURLToPath(new URL("../peers/", import.meta.url));
/** Ignored by git; holds the virtual environment of Celery and the bundles of the run. */
export const CACHE_FOLDER = fileURLToPath(new URL("../../.cache/bench/", import.meta.url));
