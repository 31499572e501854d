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
      128),
  RESIDUAL(
      "[{conv2d{filters=16,kernel=3,stride=2,padding=same,bias=false}},batchNorm,relu,"
          + "{residual{body=["
          + "{conv2d{filters=16,kernel=3,padding=same,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=16,kernel=3,padding=same,bias=false}},batchNorm],shortcut=[]}},relu,"
          + "{residual{body=["
          + "{conv2d{filters=32,kernel=3,stride=2,padding=same,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=32,kernel=3,padding=same,bias=false}},batchNorm],"
          + "shortcut=[{conv2d{filters=32,kernel=1,stride=2,bias=false}},batchNorm]}},relu,"
          + "globalAveragePool,{dense=10}]",
      128),
  SEPARABLE(
      "[{conv2d{filters=16,kernel=3,stride=2,padding=same,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=16,kernel=3,padding=same,groups=16,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=32,kernel=1,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=32,kernel=3,stride=2,padding=same,groups=32,bias=false}},"
          + "batchNorm,relu,{conv2d{filters=64,kernel=1,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=64,kernel=3,padding=same,groups=64,bias=false}},batchNorm,relu,"
          + "{conv2d{filters=64,kernel=1,bias=false}},batchNorm,relu,"
          + "globalAveragePool,{dense=10}]",
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
    return this != MLP_NO_BN && this != CNN_NO_BN;
  }

  /** A run that does not end by itself. */
  RunOptions options(BenchmarkOptimizer optimizer) {
    return RunFile.parse(
        "network = " + network,
        List.of(
            optimizer.setting(),
            "data.generatedRows=" + ROWS,
            "data.generatedTestRows=0",
            "training.epochs=1000000",
            "training.batchSize=" + batchSize));
  }
}
