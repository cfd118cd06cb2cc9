/**
 * The release of TensorFlow that is installed unless told otherwise, and the SHA-256 of its wheels as its index had
 * them when it was tested. A wheel that is not named here is checked against its index's checksum alone.
 */
export const tensorflowVersion = '2.21.0';

/** Any Python tag will do: what we take of a wheel is the same in all. */
export const preferredPython = 'cp311';

export const wheelDigests: Readonly<Record<string, string>> = {
  'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl':
    '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl':
    '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl':
    '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
};
