/** SSM's parameters on the loopback interface: those of the templates, and what is put beside them, such as secrets. Nothing of it is kept. */
import * as z from "zod/mini";
import { type RestAnswer, type RestServer, startRestServer } from "./rest-server.ts";

const getSchema = z.object({ Name: z.string() });
const putSchema = z.object({ Name: z.string(), Value: z.string(), Type: z.optional(z.string()) });

const refusal = (type: string, message: string): RestAnswer => ({ status: 400, body: { __type: type, message } });

export function startParameterServer(deployed: ReadonlyMap<string, string>): Promise<RestServer> {
	const parameters = new Map([...deployed].map(([name, Value]) => [name, { Value, Type: "String", Version: 1 }]));

	function get({ Name }: z.infer<typeof getSchema>): RestAnswer {
		const found = parameters.get(Name);
		if (found === undefined) return refusal("ParameterNotFound", `There is no parameter ${Name} in this stack.`);
		return { status: 200, body: { Parameter: { Name, ...found } } };
	}

	function put({ Name, Value, Type = "String" }: z.infer<typeof putSchema>): RestAnswer {
		if (deployed.has(Name)) return refusal("ValidationException", `${Name} is deployed with the stack.`);
		const Version = (parameters.get(Name)?.Version ?? 0) + 1;
		parameters.set(Name, { Value, Type, Version });
		return { status: 200, body: { Version, Tier: "Standard" } };
	}

	return startRestServer(({ headers, body }) => {
		const [, operation] = /^AmazonSSM\.(\w+)$/.exec(headers["x-amz-target"] ?? "") ?? [];
		if (operation === "GetParameter") return parsed(getSchema, body, get);
		if (operation === "PutParameter") return parsed(putSchema, body, put);
		return refusal("UnknownOperationException", `${operation ?? "This"} is not answered on one machine.`);
	});
}

function parsed<Schema extends z.ZodMiniType>(
	schema: Schema,
	body: string,
	answer: (input: z.infer<Schema>) => RestAnswer,
): RestAnswer {
	try {
		return answer(schema.parse(JSON.parse(body)));
	} catch {
		return refusal("ValidationException", "The request is not as SSM takes it.");
	}
}
