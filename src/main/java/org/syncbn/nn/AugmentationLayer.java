package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.norm.Mode;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * Images moved, mirrored or covered at random in training: each place of the output is one of the
 * input, or zeros. What happens to an image depends on the seed, the step, the layer and the row's
 * place in the global mini-batch only.
 */
final class AugmentationLayer extends Layer {

  static final LayerMaker<RandomSpec.RandomFlip> FLIP =
      augmentation(
          (spec, places) -> {
            if (spec.horizontal()) {
              places.columnsMirrored = places.random(2) == 1;
            }
            if (spec.vertical()) {
              places.rowsMirrored = places.random(2) == 1;
            }
          });

  static final LayerMaker<RandomSpec.RandomShift> SHIFT =
      augmentation(
          (spec, places) -> {
            places.top = places.random(2 * spec.vertical() + 1) - spec.vertical();
            places.left = places.random(2 * spec.horizontal() + 1) - spec.horizontal();
          });

  static final LayerMaker<RandomSpec.Cutout> CUTOUT =
      augmentation(
          (spec, places) -> {
            places.coveredTop = places.random(places.height) - spec.size() / 2;
            places.coveredLeft = places.random(places.width) - spec.size() / 2;
            places.covered = spec.size();
          });

  static final LayerMaker<RandomSpec.RandomCrop> CROP =
      new LayerMaker<>() {
        @Override
        public Shape output(RandomSpec.RandomCrop spec, Shape input) {
          Shape.Image image = LayerMaker.image(input);
          if (spec.height() > image.height() || spec.width() > image.width()) {
            throw new IllegalArgumentException(
                "cannot cut %d x %d places out of %s"
                    .formatted(spec.height(), spec.width(), image));
          }
          return Shape.image(image.channels(), spec.height(), spec.width());
        }

        @Override
        public PlaceMap places(RandomSpec.RandomCrop spec, Shape.Image input) {
          throw LayerMaker.rejectsMasks();
        }

        @Override
        public Layer layer(RandomSpec.RandomCrop spec, Node node, int rows) {
          return new AugmentationLayer(
              node,
              places -> {
                places.top = places.random(places.height - spec.height() + 1);
                places.left = places.random(places.width - spec.width() + 1);
              });
        }
      };

  /** What an augmentation does to one image. */
  private interface Choice {
    void choose(Places places);
  }

  /** The same by the options of the layer. */
  private interface ChoiceOf<S> {
    void choose(S spec, Places places);
  }

  /** Which places of an image the output shows, as chosen for one row. */
  private static final class Places {
    final int height;
    final int width;
    int top; // the input's row at the first one of the output
    int left;
    boolean columnsMirrored;
    boolean rowsMirrored;
    int coveredTop;
    int coveredLeft;
    int covered; // side of a square of zeros
    private CounterRandom random;
    private long draw;

    Places(Shape.Image image) {
      this.height = image.height();
      this.width = image.width();
    }

    void begin(CounterRandom numbers, int outputHeight, int outputWidth) {
      random = numbers;
      draw = 0;
      top = (height - outputHeight) / 2;
      left = (width - outputWidth) / 2;
      columnsMirrored = false;
      rowsMirrored = false;
      covered = 0;
    }

    /** A number from 0 to bound - 1. */
    int random(int bound) {
      return random.below(bound, draw++);
    }

    /** The input's place at a place of the output, or -1 for zeros. */
    int source(int outputRow, int outputColumn) {
      int row = (rowsMirrored ? height - 1 - outputRow : outputRow) + top;
      int column = (columnsMirrored ? width - 1 - outputColumn : outputColumn) + left;
      boolean outside = row < 0 || row >= height || column < 0 || column >= width;
      boolean under =
          row >= coveredTop
              && row < coveredTop + covered
              && column >= coveredLeft
              && column < coveredLeft + covered;
      return outside || under ? -1 : row * width + column;
    }
  }

  private final Choice choice;
  private final Places places;
  private final int channels;
  private final int outputHeight;
  private final int outputWidth;
  private final float[] input; // one image
  private final float[] output;

  private AugmentationLayer(Node node, Choice choice) {
    super(node);
    Shape.Image image = (Shape.Image) node.output();
    this.choice = choice;
    this.places = new Places((Shape.Image) node.input());
    this.channels = image.channels();
    this.outputHeight = image.height();
    this.outputWidth = image.width();
    this.input = new float[node.input().size()];
    this.output = new float[image.size()];
  }

  private static <S extends LayerSpec> LayerMaker<S> augmentation(ChoiceOf<S> choice) {
    return new LayerMaker<>() {
      @Override
      public Shape output(S spec, Shape input) {
        return LayerMaker.image(input);
      }

      @Override
      public PlaceMap places(S spec, Shape.Image input) {
        throw LayerMaker.rejectsMasks();
      }

      @Override
      public Layer layer(S spec, Node node, int rows) {
        return new AugmentationLayer(node, chosen -> choice.choose(spec, chosen));
      }
    };
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    for (int row = 0; row < context.rows; row++) {
      choose(row, context);
      x.read(row * input.length, input, 0, input.length);
      for (int place = 0; place < outputHeight * outputWidth; place++) {
        int source = places.source(place / outputWidth, place % outputWidth);
        int to = place * channels;
        if (source < 0) {
          Arrays.fill(output, to, to + channels, 0);
        } else {
          System.arraycopy(input, source * channels, output, to, channels);
        }
      }
      y.write(row * output.length, output, 0, output.length);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    for (int row = 0; row < context.rows; row++) {
      choose(row, context);
      dy.read(row * output.length, output, 0, output.length);
      Arrays.fill(input, 0);
      for (int place = 0; place < outputHeight * outputWidth; place++) {
        int source = places.source(place / outputWidth, place % outputWidth);
        if (source >= 0) {
          System.arraycopy(output, place * channels, input, source * channels, channels);
        }
      }
      dx.write(row * input.length, input, 0, input.length);
    }
  }

  /** In evaluation, the whole image or its middle. */
  private void choose(int row, PassContext context) {
    if (context.mode == Mode.EVALUATION) {
      places.begin(CounterRandom.of(0), outputHeight, outputWidth);
    } else {
      long place = context.slice.firstRow() + row;
      CounterRandom random = context.random.fork(node.name()).fork(place);
      places.begin(random, outputHeight, outputWidth);
      choice.choose(places);
    }
  }
}
