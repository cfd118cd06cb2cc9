export type { ReportContent } from './content.ts';
export type { Folders } from './material.ts';
export { runReport } from './run-report.ts';
export { sweepReport } from './sweep-report.ts';
export { type WrittenReport, writeReport } from './write-report.ts';
