/**
 * Which CloudFormation resource types run here, and which may be left out without any handler or sender noticing.
 * A type on neither list is reported once when the stack starts.
 */
const emulatedTypes = [
	"AWS::ApiGatewayV2::Api",
	"AWS::DynamoDB::GlobalTable",
	"AWS::DynamoDB::Table",
	"AWS::Lambda::Alias",
	"AWS::Lambda::EventSourceMapping",
	"AWS::Lambda::Function",
	"AWS::Lambda::Version",
	"AWS::S3::Bucket",
	"AWS::SQS::Queue",
	"AWS::SSM::Parameter",
	"AWS::Scheduler::Schedule",
	"AWS::Scheduler::ScheduleGroup",
] as const;

/** Permissions, monitoring and bookkeeping: nothing that a job can observe while it runs. */
const passiveTypes: ReadonlySet<string> = new Set([
	// Who may call an API and how often is AWS's matter; a route is read with its integration.
	"AWS::ApiGatewayV2::Authorizer",
	"AWS::ApiGatewayV2::Integration",
	"AWS::ApiGatewayV2::Route",
	"AWS::ApiGatewayV2::Stage",
	"AWS::ApplicationInsights::Application",
	"AWS::CDK::Metadata",
	"AWS::CloudWatch::Alarm",
	"AWS::CloudWatch::AnomalyDetector",
	"AWS::CloudWatch::CompositeAlarm",
	"AWS::CloudWatch::Dashboard",
	"AWS::CloudWatch::InsightRule",
	"AWS::IAM::ManagedPolicy",
	"AWS::IAM::Policy",
	"AWS::IAM::Role",
	"AWS::KMS::Alias",
	"AWS::KMS::Key",
	"AWS::Lambda::EventInvokeConfig",
	"AWS::Lambda::Permission",
	"AWS::Logs::LogGroup",
	"AWS::Logs::MetricFilter",
	"AWS::Logs::QueryDefinition",
	"AWS::Logs::ResourcePolicy",
	"AWS::Logs::SubscriptionFilter",
	"AWS::ResourceGroups::Group",
	"AWS::S3::BucketPolicy",
	// Only alarms publish to it, and nothing evaluates those here.
	"AWS::SNS::Subscription",
	"AWS::SNS::Topic",
	"AWS::SNS::TopicPolicy",
	"AWS::SQS::QueuePolicy",
	"AWS::XRay::Group",
	"AWS::XRay::SamplingRule",
	// Its message is sent by the local stack itself.
	"Custom::MillraceOnDeploy",
	// Empties a bucket when its stack is deleted.
	"Custom::S3AutoDeleteObjects",
]);

export const isEmulated = (type: string): boolean => emulatedTypes.some((emulated) => emulated === type);
export const isPassive = (type: string): boolean => passiveTypes.has(type);
