import { dependencyOrder, exists } from './conditions.ts';
import { allConfigurations } from './grid.ts';
import type { ProposalRequest } from './request.ts';
import { randomOf, type Random } from './random.ts';
import { scaleOf } from './scale.ts';
import { earlierTrials } from './seen.ts';
import type { Configuration, Json, Parameter, Space } from './space.ts';

/** More would find no other configuration in a small space sooner than counting does. */
const draws = 100;

/** Each parameter uniform on its scale; drawn again while an earlier trial has it. Undefined when there is no other one. */
export function randomConfiguration(request: ProposalRequest): Configuration | undefined {
  const { space, seed, trial } = request;
  const isTaken = earlierTrials(request);
  const random = randomOf('random search', seed, trial);
  for (let draw = 0; draw < draws; draw++) {
    const configuration = drawConfiguration(space, random);
    if (!isTaken(configuration)) return configuration;
  }
  const { size, at } = allConfigurations(space);
  const start = random.integer(Number.isFinite(size) ? size : 1);
  for (let index = 0; Number.isFinite(size) && index < size; index++) {
    const configuration = at((start + index) % size);
    if (configuration && !isTaken(configuration)) return configuration;
  }
  return undefined;
}

function drawConfiguration(space: Space, random: Random): Configuration {
  let configuration: Configuration = {};
  for (const parameter of dependencyOrder(space)) {
    if (exists(parameter, configuration))
      configuration = { ...configuration, [parameter.path]: drawValue(parameter, random) };
  }
  return configuration;
}

function drawValue(parameter: Parameter, random: Random): Json {
  if (parameter.kind === 'choice') return parameter.values[random.integer(parameter.values.length)] ?? null;
  const { low, high, fromScale } = scaleOf(parameter);
  return fromScale(low + (high - low) * random.uniform());
}
