/** Where in CloudWatch a platform's own metrics are, apart from those of others in the same account and region: a stack holds one platform. */
import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

export const metricsNamespace = (scope: Construct): string => `Millrace/${Stack.of(scope).stackName}`;
