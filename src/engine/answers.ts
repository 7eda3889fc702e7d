/**
 * Whether a DynamoDB answers at `endpoint`, and could open its data. A server of another kind does not answer so.
 * Never throws.
 */
export async function answers(endpoint: string, timeoutMs = 5_000): Promise<boolean> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
    });
    const { TableNames } = (await response.json()) as { TableNames?: unknown };
    return response.ok && Array.isArray(TableNames);
  } catch {
    return false;
  }
}
