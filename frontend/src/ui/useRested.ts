import { useEffect, useState } from "react";

/** Whether a value has stayed the same for a moment. The first value counts at once. */
export function useRested(value: string, delay = 120): boolean {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(value), delay);
    return () => window.clearTimeout(timer);
  }, [value, delay]);
  return rested === value;
}
