export const thresholdIds: readonly string[] = [];
