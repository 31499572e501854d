package org.syncbn.bench;

import java.util.List;
import org.syncbn.cli.Choice;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

/** The networks whose training is measured: those of conf/, on drawn images of the same size. */
enum BenchmarkNetwork {
  MLP(
      "[{dense{units=256,bias=false}},batchNorm,relu,"
          + "{dense{units=256,bias=false}},batchNorm,relu,{dense=10}]",
      256),
  MLP_NO_BN("[{dense=256},relu,{dense=256},relu,{dense=10}]", 256),
  CNN(
      "[{conv2d{filters=16,kernel=3,padding=same,bias=false}},batchNorm,relu,maxPool,"
          + "{conv2d{filters=32,kernel=3,padding=same,bias=false}},batchNorm,relu,maxPool,"
          + "flatten,{dense=10}]",
      128),
  CNN_NO_BN(
      "[{conv2d{filters=16,kernel=3,padding=same}},relu,maxPool,"
          + "{conv2d{filters=32,kernel=3,padding=same}},relu,maxPool,flatten,{dense=10}]",
      128);

  private static final int ROWS = 12_000;

  private final String network;
  private final int batchSize;

  BenchmarkNetwork(String network, int batchSize) {
    this.network = network;
    this.batchSize = batchSize;
  }

  String label() {
    return Choice.name(this);
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
