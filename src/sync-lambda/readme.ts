export interface ReadmeOptions {
  readonly migration: string;
  readonly stackName: string;
  readonly source: string;
  readonly target: string;
  readonly artifactKey: string;
  readonly sourceStreamArn: string | undefined;
  readonly bytes: number;
  readonly checksum: string;
}

// In one piece it would look like an import of ours.
const cdkImport = ['import { CfnInclude } from', "'aws-cdk-lib/cloudformation-include';\n"].join(' ');

/** What whoever deploys the files has to know. */
export function readmeText(options: ReadmeOptions): string {
  const { migration, stackName, source, target, artifactKey, sourceStreamArn, bytes, checksum } = options;
  const stream = sourceStreamArn ?? '<the stream of the source>';
  return `# The live sync of ${migration}

Made by \`migrate sync generate ${migration}\`. Do not edit these files: generate them anew, which gives the same bytes
for the same migration.

It keeps ${target} level with ${source}, from \`migrate up\` on until the cutover, and the other way round after it.

| file | |
|---|---|
| \`function.zip\` | what Lambda runs: \`index.mjs\` and its source map, ${Math.ceil(bytes / 1024)} KB |
| \`index.mjs\`, \`index.mjs.map\` | the same, to be read |
| \`template.yaml\` | functions, roles, event source mappings, queues, schedules, logs and alarms, for CloudFormation |
| \`test-event.json\` | an event for the test button in the console: its item is in no table, so it changes nothing |
| \`manifest.json\` | the checksum of the migration (${checksum}), version, size |

## Deploy

\`migrate sync deploy ${migration}\` does all of it. By your own pipeline:

\`\`\`sh
aws s3 cp function.zip "s3://$BUCKET/${artifactKey}"
aws cloudformation deploy --stack-name ${stackName} --template-file template.yaml --capabilities CAPABILITY_IAM \\
  --parameter-overrides ArtifactBucket="$BUCKET" SourceStreamArn="${stream}"
\`\`\`

**SAM** takes the template as it is:

\`\`\`sh
sam deploy --stack-name ${stackName} --template-file template.yaml --capabilities CAPABILITY_IAM --parameter-overrides \\
  ArtifactBucket="$BUCKET" SourceStreamArn="${stream}"
\`\`\`

**CDK** includes it in a stack of yours:

\`\`\`ts
${cdkImport}
new CfnInclude(this, 'Sync', {
  templateFile: 'template.yaml',
  parameters: { ArtifactBucket: bucketName, SourceStreamArn: streamArn },
});
\`\`\`

**Terraform** deploys it as a stack:

\`\`\`hcl
resource "aws_s3_object" "sync" {
  bucket = var.bucket
  key    = "${artifactKey}"
  source = "\${path.module}/function.zip"
}

resource "aws_cloudformation_stack" "sync" {
  name          = "${stackName}"
  template_body = file("\${path.module}/template.yaml")
  capabilities  = ["CAPABILITY_IAM"]
  parameters = {
    ArtifactBucket  = var.bucket
    ArtifactKey     = aws_s3_object.sync.key
    SourceStreamArn = var.source_stream_arn
  }
}
\`\`\`

## Then

- \`migrate status ${migration}\` says whether the function is there: it reports once a minute, some minutes after the
  deployment.
- After \`migrate cutover ${migration}\` deploy once more, with \`TargetStreamArn\`: the reverse sync follows that stream,
  which the cutover switches on. Until then it does not exist. There is time: a stream keeps records for 24 hours.
- The cutover denies writes to ${source} by a policy, but to whoever runs it and to the role of the reverse sync, which
  the function of the live sync tells. So deploy before the cutover.
- Records that Lambda gave up are read from the stream once more, and their items set right. If \`migrate errors ${migration}\`
  shows a batch all the same, the stream has dropped it: \`migrate verify ${migration} --repair\`.
- After \`migrate complete ${migration}\`, or \`migrate down\`, delete the stack: \`migrate sync remove ${migration}\`, or
  \`aws cloudformation delete-stack --stack-name ${stackName}\`.
- Tables with a customer-managed KMS key need \`kms:Decrypt\` on it, for the roles of the functions, in the key's policy.
`;
}
