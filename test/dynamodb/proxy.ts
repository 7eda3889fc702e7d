export {
  type Intercept,
  type InterceptedAnswer as ProxiedAnswer,
  type InterceptedRequest as ProxiedRequest,
  serviceError,
} from '../../src/testing/intercept.js';
export {
  type InterceptedEndpoint as EngineProxy,
  interceptEndpoint as startProxy,
} from '../../src/testing/intercept-endpoint.js';
