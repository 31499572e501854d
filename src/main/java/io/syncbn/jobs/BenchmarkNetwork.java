package io.syncbn.jobs;

import io.syncbn.train.RunFile;
import io.syncbn.train.RunOptions;
import java.util.List;

/** The networks whose training is measured: those of conf/, on drawn images of the same size. */
enum BenchmarkNetwork {
  MLP(
      "mlp",
      "[{dense{units=256,bias=absent}},batchNorm,relu,"
          + "{dense{units=256,bias=absent}},batchNorm,relu,{dense=10}]",
      256),
  MLP_WITHOUT("mlp-no-bn", "[{dense=256},relu,{dense=256},relu,{dense=10}]", 256),
  CNN(
      "cnn",
      "[{conv2d{filters=16,kernel=3,padding=same,bias=absent}},batchNorm,relu,maxPool,"
          + "{conv2d{filters=32,kernel=3,padding=same,bias=absent}},batchNorm,relu,maxPool,"
          + "flatten,{dense=10}]",
      128),
  CNN_WITHOUT(
      "cnn-no-bn",
      "[{conv2d{filters=16,kernel=3,padding=same}},relu,maxPool,"
          + "{conv2d{filters=32,kernel=3,padding=same}},relu,maxPool,flatten,{dense=10}]",
      128);

  private static final int ROWS = 12_000;

  private final String label;
  private final String network;
  private final int batchSize;

  BenchmarkNetwork(String label, String network, int batchSize) {
    this.label = label;
    this.network = network;
    this.batchSize = batchSize;
  }

  String label() {
    return label;
  }

  int batchSize() {
    return batchSize;
  }

  boolean hasBatchNorm() {
    return this == MLP || this == CNN;
  }

  /** A run that does not end by itself. */
  RunOptions options() {
    return RunFile.parse(
        "network = " + network,
        List.of(
            "data.generatedRows=" + ROWS,
            "data.generatedTestRows=0",
            "training.epochs=1000000",
            "training.batchSize=" + batchSize));
  }
}
