import type { DataError, Judgement, NewDataAnswer, NewDataFault } from '../../src/stage/index.ts';
import { likeliestClass, meanPosteriors } from '../evaluate/scores.ts';
import type { SegmentTime } from './segment-times.ts';

/**
 * The common judgement of several models on an utterance and on each of its segments.
 *
 * @param posteriors [models][segments][classes]
 * @param times of the segments; those that are not known are left out
 */
export function judge(
  posteriors: readonly (readonly (readonly number[])[])[],
  classes: readonly string[],
  times: readonly SegmentTime[],
): NewDataAnswer {
  const segments = posteriors[0]?.map((_, index) => posteriors.map((model) => model[index] ?? [])) ?? [];
  return {
    ...agreed(posteriors.map(meanPosteriors), classes),
    segments: segments.map((models, index) => ({
      start: times[index]?.start ?? null,
      end: times[index]?.end ?? null,
      ...agreed(models, classes),
    })),
  };
}

export function fault({ code, message, advice }: DataError): NewDataFault {
  return { fault: { code, message, advice: advice ?? null } };
}

/** @param models posteriors of each model, [models][classes] */
function agreed(models: readonly (readonly number[])[], classes: readonly string[]): Judgement {
  const posteriors = meanPosteriors(models);
  const predicted = likeliestClass(posteriors);
  const agreeing = models.filter((model) => likeliestClass(model) === predicted);
  return {
    predicted: classes[predicted] ?? '',
    posteriors,
    deviations: models.length < 2 ? null : posteriors.map((mean, index) => deviation(models, index, mean)),
    agreement: agreeing.length / models.length,
  };
}

/** The sample standard deviation of one class's posterior over the models. */
function deviation(models: readonly (readonly number[])[], index: number, mean: number): number {
  let squares = 0;
  for (const model of models) squares += ((model[index] ?? 0) - mean) * ((model[index] ?? 0) - mean);
  return Math.sqrt(squares / (models.length - 1));
}
