import type { Json } from '@datacook/core';
import type { PlannedWindow } from './plan-window.js';

/** signature first */
export function finishWindow(_plan: PlannedWindow, _ends: readonly (Json | undefined)[]): Json {
  return null;
}
