/** What the deploy hook does with a request of CloudFormation, and that it always answers it. */
import { describe, expect, it } from "vitest";
import { answerDeploy } from "../../../lambdas/deploy-hook/answer-deploy.ts";

const body = '{"v":1,"job":"migrate","key":"deploy/42","input":{}}';
const requestOf = (type: string) => ({
	RequestType: type,
	ResponseURL: "https://answer.example.com/?signed",
	StackId: "arn:aws:cloudformation:eu-central-1:1:stack/S/1",
	RequestId: "request-1",
	LogicalResourceId: "PlatformDeployHook",
	ResourceType: "Custom::MillraceOnDeploy",
	ResourceProperties: { ServiceToken: "arn", queueUrl: "https://sqs.example.com/q", body },
});

function world(send: () => Promise<void> = async () => {}) {
	const sent: unknown[] = [];
	const answers: (readonly [string, unknown])[] = [];
	return {
		sent,
		answers,
		parts: {
			send: async (message: object) => {
				sent.push(message);
				await send();
			},
			put: async (url: string, text: string) => void answers.push([url, JSON.parse(text)]),
		},
	};
}

const answered = (more: object) => [
	"https://answer.example.com/?signed",
	{
		PhysicalResourceId: "PlatformDeployHook",
		StackId: "arn:aws:cloudformation:eu-central-1:1:stack/S/1",
		RequestId: "request-1",
		LogicalResourceId: "PlatformDeployHook",
		...more,
	},
];

describe("the deploy hook", () => {
	it.each(["Create", "Update"])("sends the version's message at a %s", async (type) => {
		const { sent, answers, parts } = world();
		await answerDeploy(requestOf(type), parts);
		expect(sent).toEqual([{ queueUrl: "https://sqs.example.com/q", body }]);
		expect(answers).toEqual([answered({ Status: "SUCCESS" })]);
	});

	it("sends nothing when a version goes: with the stack, taken back by a rollback, or after a newer one", async () => {
		const { sent, answers, parts } = world();
		await answerDeploy(requestOf("Delete"), parts);
		expect(sent).toEqual([]);
		expect(answers).toEqual([answered({ Status: "SUCCESS" })]);
	});

	it("fails the deployment, with the reason, when the message could not be sent", async () => {
		const { answers, parts } = world(async () => {
			throw new Error("Throttling");
		});
		await answerDeploy(requestOf("Update"), parts);
		expect(answers).toEqual([
			answered({
				Status: "FAILED",
				Reason: "The job of this deployment could not be enqueued: Throttling",
			}),
		]);
	});

	it("refuses an event that is not CloudFormation's", async () => {
		const { answers, parts } = world();
		await expect(answerDeploy({ Records: [] }, parts)).rejects.toThrow();
		expect(answers).toEqual([]);
	});
});
