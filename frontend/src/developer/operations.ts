import { getOperationAST, parse } from "graphql";

/** Whether the operation that is asked for listens, and so needs a WebSocket. */
export function isSubscription(query: string, operationName?: string | null): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // not GraphQL: the server says where
  }
}
