// Defects of a source that reads a live table, planted to see that the crash suite finds them.

/** By name: the source made into one that has the defect. */
export const SOURCE_FAULTS = {};
