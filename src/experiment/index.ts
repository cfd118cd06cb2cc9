export { type FoundRun, damagedRecord, findRun, openRun, requireUnchanged } from './find-runs.ts';
export { type Metrics, metricsOf } from './metrics.ts';
export { newRunId } from './run-id.ts';
export { type ClosedRecord, openRecorder, type Recorder } from './recorder.ts';
export {
  type DamagedRecord,
  type RunList,
  type RunName,
  checkRecords,
  latestFacts,
  listRuns,
  readFacts,
  readFailures,
  readResults,
  readRun,
  recordedKeys,
  runNames,
} from './read-runs.ts';
export { type Prediction, type Predictions, readPredictions } from './predictions.ts';
export { type Report, type ReportTable, headlineOf, reportOf } from './report.ts';
export { changedFiles } from './seal.ts';
export type { RecordedResult, RunRecord, RunStatus } from './run-record.ts';
