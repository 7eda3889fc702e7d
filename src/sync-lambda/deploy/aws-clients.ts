import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { optionalPackage } from '../optional-package.js';

export interface AwsConnection {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** The SDK's modules, loaded when something is deployed, and a client of each. */
export interface AwsClients {
  readonly cloudFormation: CloudFormationClient;
  readonly s3: S3Client;
  readonly lambda: LambdaClient;
  readonly close: () => void;
}

/** @throws MigrateError `PACKAGE_MISSING`. */
export async function openAwsClients({ region, profile }: AwsConnection): Promise<AwsClients> {
  const [cloudFormationModule, s3Module, lambdaModule] = await Promise.all([
    optionalPackage('@aws-sdk/client-cloudformation', () => import('@aws-sdk/client-cloudformation')),
    optionalPackage('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3')),
    optionalPackage('@aws-sdk/client-lambda', () => import('@aws-sdk/client-lambda')),
  ]);
  const options = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) };
  const cloudFormation = new cloudFormationModule.CloudFormationClient(options);
  const s3 = new s3Module.S3Client(options);
  const lambda = new lambdaModule.LambdaClient(options);
  return {
    cloudFormation,
    s3,
    lambda,
    close() {
      cloudFormation.destroy();
      s3.destroy();
      lambda.destroy();
    },
  };
}
