import { QueryClient } from "@tanstack/react-query";
import { asApiError } from "./errors";

/** The one cache of what the server said. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A 4xx does not get better by asking again; a server that is busy or away may.
      retry: (count, error) => count < 2 && ["offline", "busy"].includes(asApiError(error).code),
      retryDelay: (count) => 500 * 2 ** count,
      networkMode: "always",
    },
  },
});
