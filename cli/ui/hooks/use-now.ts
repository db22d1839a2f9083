import { useEffect, useState } from 'react';

/** The time in ms since 1970, renewed every `interval` ms while `active`. */
export function useNow(interval: number, active = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval, active]);
  return now;
}
