import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isThrottling } from '../aws-errors.js';
import type { RawOptions } from '../raw-requests.js';
import { isLearning } from '../route.js';
import type { Budgets, Priority, Spending } from './budgets.js';

/** Whose budgets a client spends, and how urgently. */
export interface ClientBudget {
  readonly budgets: Budgets;
  readonly priority: Priority;
  /** Ends the waits of this client alone, with its reason: the lease that it writes under was lost. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has every request of `client` wait for its budget, and tells the budget what it consumed. It waits before the request
 * is signed, for a signature is good for some minutes only; attempts that the client repeats by itself do not wait
 * again, but each that is throttled is counted.
 */
export function spendBudget(client: DynamoDBClient, { budgets, priority, signal }: ClientBudget): void {
  const underWay = new WeakMap<object, Spending>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (isLearning(context)) return next(args);
      const operation = String(context.commandName ?? '').replace(/Command$/, '');
      const spending = await budgets.begin({ operation, input: args.input, priority, signal });
      if (!spending) return next(args);
      underWay.set(context, spending);
      return settle(spending, async () => {
        const result = await next({ ...args, input: askingFor(spending, args.input) });
        return { result, output: result.output };
      });
    },
    { step: 'initialize', name: 'spendBudget', priority: 'normal' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottling(error)) underWay.get(context)?.throttled();
        throw error;
      }
    },
    // After the retry middleware, which is in this step with a high priority.
    { step: 'finalizeRequest', name: 'countThrottledAttempts', priority: 'low' },
  );
}

/** The same for requests that go past the middleware. */
export function rawBudget({ budgets, priority, signal }: ClientBudget): RawOptions {
  return {
    insteadOf: ['spendBudget', 'countThrottledAttempts'],
    async around({ operation, input }, send) {
      const spending = await budgets.begin({ operation, input, priority, signal });
      if (!spending) return send(input);
      return settle(spending, async () => {
        const output = await send(askingFor(spending, input), (error) => {
          if (isThrottling(error)) spending.throttled();
        });
        return { result: output, output };
      });
    },
  };
}

/** Where each index has capacity of its own, the answer has to tell of each. */
function askingFor<T extends object>({ perIndex }: Spending, input: T): T {
  return perIndex ? { ...input, ReturnConsumedCapacity: 'INDEXES' } : input;
}

async function settle<T>(
  spending: Spending,
  send: () => Promise<{ readonly result: T; readonly output: object }>,
): Promise<T> {
  try {
    const { result, output } = await send();
    spending.answered(output);
    return result;
  } catch (error) {
    spending.failed(error);
    throw error;
  }
}
