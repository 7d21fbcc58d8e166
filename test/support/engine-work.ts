/** Implementations that engine tests share. */
import { JobError } from "../../shared/job/index.ts";

export const ok = async () => "done";

/** Fails as a database does, this many times, then succeeds. */
export const flaky = (failures: number) => {
	let calls = 0;
	return async () => {
		if (calls++ < failures) throw new JobError("database", "Connection timeout");
		return "done";
	};
};
