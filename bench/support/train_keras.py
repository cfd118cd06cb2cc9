"""The reference training work in Keras on TensorFlow, in graph mode: the work of train_torch.py.

python train_keras.py THREADS; then for each line that it reads it trains an epoch, and prints its seconds.
"""

import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import tensorflow as tf
from keras import layers

threads = int(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
keras.utils.set_random_seed(1)

inputs = h = keras.Input((166, 64, 20))
for filters, kernel in ((16, (5, 3)), (32, (3, 3)), (64, (3, 3))):
    h = layers.Conv2D(filters, kernel, padding="same")(h)
    h = layers.LeakyReLU(0.1)(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(h))
    h = layers.MaxPooling2D(2)(h)
h = layers.Reshape((20, 512))(h)
h = layers.Bidirectional(layers.LSTM(128, return_sequences=True))(h)
weights = layers.Softmax(axis=1)(layers.Dense(1, use_bias=False)(h))
h = layers.Dot(axes=1)([weights, h])  # [n, 1, 256]
h = layers.Dense(64, activation="relu")(layers.Flatten()(h))
network = keras.Model(inputs, layers.Dense(4)(h))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
network.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=False)

random = tf.random.Generator.from_seed(1)
x = random.normal((481, 166, 64, 20))
y = random.uniform((481,), 0, 4, tf.int32)
print(f"Keras {keras.__version__} on TensorFlow {tf.__version__}", flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    network.fit(x, y, batch_size=40, epochs=1, verbose=0)
    print(time.perf_counter() - started, flush=True)
