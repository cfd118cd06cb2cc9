import type { ConvolutionGradients, Differentiable, EngineTensor } from '../../stage/engine.ts';
import type { Tensors } from './tensors.ts';

export function convolution(
  tensors: Tensors,
  x: EngineTensor,
  filter: EngineTensor,
): Differentiable<ConvolutionGradients, [input: boolean]> {
  const { operations } = tensors;
  const axes = x.shape.length - 2;
  if (![2, 3].includes(axes) || filter.shape.length !== axes + 2 || filter.shape.at(-2) !== x.shape.at(-1)) {
    throw new Error(`no convolution of [${x.shape.join(', ')}] with a filter [${filter.shape.join(', ')}]`);
  }
  const ones = x.shape.map(() => 1);
  const flat = axes === 2;
  const layout = { data_format: flat ? 'NHWC' : 'NDHWC', padding: 'SAME', strides: ones, dilations: ones };
  const attributes = { T: operations.float, ...layout };
  const backward = flat ? attributes : { ...attributes, Tshape: operations.integer };
  const [name, version] = flat ? ['Conv2D', ''] : ['Conv3D', 'V2'];
  const shape = [...x.shape.slice(0, -1), filter.shape.at(-1) ?? 0];
  const output = operations.frame((keep) =>
    tensors.adopt(keep(operations.run(name, attributes, tensors.at(x), tensors.at(filter))), shape),
  );
  return {
    output,
    gradient: (outputGradient, input) =>
      operations.frame((keep) => {
        const from = tensors.at(outputGradient);
        const filterShape = operations.integers(filter.shape);
        // The 3d filter's shape has no type attribute.
        const filterGradient = operations.run(
          `${name}BackpropFilter${version}`,
          attributes,
          tensors.at(x),
          filterShape,
          from,
        );
        const inputGradient = input
          ? operations.run(
              `${name}BackpropInput${version}`,
              backward,
              operations.integers(x.shape),
              tensors.at(filter),
              from,
            )
          : undefined;
        return {
          filter: tensors.adopt(keep(filterGradient), filter.shape),
          input: inputGradient === undefined ? undefined : tensors.adopt(keep(inputGradient), x.shape),
        };
      }),
  };
}
