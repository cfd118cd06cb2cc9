export { commandParams, commandStageInfo, commandType, type CommandParams } from './command-stage-info.ts';
export { loadPipeline, specError, type Loaded, type LoadOptions } from './load-pipeline.ts';
export { locate, type Location } from './locate.ts';
export type { Memory } from './memory.ts';
export { pipelineSchema } from './pipeline-schema.ts';
export { renderDiagnostic, type RenderOptions } from './render-diagnostic.ts';
export { expandText } from './template.ts';
export type * from './types.ts';
