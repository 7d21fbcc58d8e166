/** Runs inside Lambda: stands for the SDK's reader of `~/.aws`, of which there is none. */

/** Between the name of a section and that of a setting. */
export const CONFIG_PREFIX_SEPARATOR = ".";

/** No profiles, as where the files are missing. */
export const loadSharedConfigFiles = async (): Promise<unknown> => ({ configFile: {}, credentialsFile: {} });
