/** The SDK warns of an old Node, once for each file of tests: what the tests say would drown in it. */
export function quietSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}
