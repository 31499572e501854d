package org.syncbn.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.syncbn.tensor.Tensor;

/** For each feature, the row of a table of weights that it is the index of. */
final class EmbeddingLayer extends WeightedLayer {

  static final LayerMaker<CategorySpec.Embedding> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(CategorySpec.Embedding spec, Shape input) {
          Categories.requireFeatures(spec.columns().size(), input);
          return Shape.features(
              spec.columns().stream()
                  .mapToInt(CategorySpec.EmbeddedColumn::units)
                  .reduce(0, Math::addExact));
        }

        @Override
        public List<ParameterBlock> parameters(
            CategorySpec.Embedding spec, String name, Shape input) {
          List<ParameterBlock> blocks = new ArrayList<>();
          for (CategorySpec.EmbeddedColumn column : spec.columns()) {
            String table = spec.columns().size() == 1 ? "" : "." + blocks.size();
            blocks.add(
                ParameterBlock.table(
                    name + table + ".weight",
                    column.categories(),
                    column.units(),
                    spec.weightInitializer(),
                    spec.regularizer()));
          }
          return blocks;
        }

        @Override
        public Layer layer(CategorySpec.Embedding spec, Node node, int rows) {
          return new EmbeddingLayer(node, spec);
        }
      };

  private final int[] units; // by column
  private final Categories categories;
  private final float[] features; // of a row
  private final float[] output; // of a row
  private final float[] sums; // of the gradients of one table

  private EmbeddingLayer(Node node, CategorySpec.Embedding spec) {
    super(node);
    this.units = spec.columns().stream().mapToInt(CategorySpec.EmbeddedColumn::units).toArray();
    this.categories =
        new Categories(
            node, spec.columns().stream().map(CategorySpec.EmbeddedColumn::categories).toList());
    this.features = new float[units.length];
    this.output = new float[node.output().size()];
    this.sums =
        new float[node.parameters().stream().mapToInt(ParameterBlock::size).max().orElseThrow()];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    for (int row = 0; row < context.rows; row++) {
      x.read(row * units.length, features, 0, units.length);
      int at = 0;
      for (int column = 0; column < units.length; column++) {
        int index = categories.index(features[column], column);
        if (index == Categories.NONE) {
          Arrays.fill(output, at, at + units[column], Float.NaN);
        } else {
          int table = node.parameters().get(column).offset();
          context.weights.read(table + index * units[column], output, at, units[column]);
        }
        at += units[column];
      }
      y.write(row * output.length, output, 0, output.length);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    if (dx.size() > 0) {
      dx.fill(0); // an index has no slope
    }
  }

  @Override
  boolean leavesWeightGradients() {
    return true;
  }

  @Override
  void gradients(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    int at = 0;
    for (int column = 0; column < units.length; column++) {
      ParameterBlock table = node.parameters().get(column);
      if (table.trained()) {
        addUp(x, dy, rows, column, at);
        gradients.write(table.offset(), sums, 0, table.size());
      }
      at += units[column];
    }
  }

  /** Makes sums those of one table, whose outputs begin at a place of a row. */
  private void addUp(Tensor x, Tensor dy, int rows, int column, int at) {
    Arrays.fill(sums, 0, node.parameters().get(column).size(), 0);
    for (int row = 0; row < rows; row++) {
      int index = categories.index(x.get(row * units.length + column), column);
      if (index != Categories.NONE) {
        dy.read(row * output.length + at, output, 0, units[column]);
        for (int i = 0; i < units[column]; i++) {
          sums[index * units[column] + i] += output[i];
        }
      }
    }
  }
}
