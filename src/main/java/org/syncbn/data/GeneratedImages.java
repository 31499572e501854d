package org.syncbn.data;

import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.tensor.CounterRandom;

/**
 * Generated grey images of ten shapes, to try things out without files: 28x28 pixels, with random
 * position, rotation, size, brightness and noise.
 *
 * <p>Image i is a pure function of (seed, i), with the same bytes on every JVM. Learnable but not
 * trivial: figures overlap with noise and a random bright bar, and some differ by little (disc and
 * ring, square and frame, plus and cross).
 */
public final class GeneratedImages {

  /** Pixels on each side. */
  public static final int SIDE = 28;

  /** What the classes show, by class index. */
  public static final List<String> CLASSES =
      List.of(
          "disc", "ring", "square", "frame", "triangle", "plus", "cross", "bars", "dots", "wave");

  private static final double NOISE = 16;

  private GeneratedImages() {}

  /**
   * Draws images.
   *
   * @param seed of the whole set
   * @param from index of the first image; its class is {@code from % 10}
   * @param count how many images
   */
  public static Dataset draw(long seed, int from, int count) {
    int pixels = SIDE * SIDE;
    byte[] images = new byte[Math.multiplyExact(count, pixels)];
    float[] labels = new float[count];
    IntStream.range(0, count)
        .parallel()
        .forEach(
            i -> {
              int label = (from + i) % CLASSES.size();
              labels[i] = label;
              draw(label, CounterRandom.of(seed).fork(from + i), images, i * pixels);
            });
    return new Dataset(
        Block.ofBytes(count, images, labels, new float[0]),
        new Schema(List.of(SIDE, SIDE, 1), List.of(), CLASSES));
  }

  private static void draw(int label, CounterRandom random, byte[] target, int offset) {
    double angle = (random.uniform(0) - 0.5) * 0.9;
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double radius = 5.5 + 4.5 * random.uniform(1);
    double centreX = SIDE / 2.0 + 8 * (random.uniform(2) - 0.5);
    double centreY = SIDE / 2.0 + 8 * (random.uniform(3) - 0.5);
    double light = 120 + 110 * random.uniform(4);
    double ground = 60 * random.uniform(5);
    double stretch = 0.8 + 0.4 * random.uniform(6);
    boolean barUpright = random.uniform(7) < 0.5;
    double bar = SIDE * random.uniform(8);
    double barLight = 110 * random.uniform(9);
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        double dx = (column + 0.5 - centreX) / radius * stretch;
        double dy = (row + 0.5 - centreY) / radius / stretch;
        // The distance to the figure's edge in pixels, negative inside; one pixel of soft edge.
        double edge = radius * distance(label, cos * dx + sin * dy, cos * dy - sin * dx);
        double inside = Math.max(0, Math.min(1, 0.5 - edge));
        double onBar = Math.abs((barUpright ? column : row) + 0.5 - bar) < 1 ? barLight : 0;
        int pixel = row * SIDE + column;
        double value =
            ground + onBar + inside * (light - ground) + NOISE * random.gaussian(100 + pixel);
        target[offset + pixel] = (byte) Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }

  /** Signed distance of a point to the edge of a figure of radius about 1; negative inside. */
  private static double distance(int label, double x, double y) {
    double ax = Math.abs(x);
    double ay = Math.abs(y);
    double round = Math.sqrt(x * x + y * y);
    double box = Math.max(ax, ay);
    return switch (label) {
      case 0 -> round - 0.9;
      case 1 -> Math.abs(round - 0.75) - 0.22;
      case 2 -> box - 0.8;
      case 3 -> Math.abs(box - 0.72) - 0.2;
      case 4 -> Math.max(0.87 * ax + 0.5 * y, -y) - 0.5;
      case 5 -> Math.max(Math.min(ax, ay) - 0.22, box - 0.95);
      case 6 -> Math.max(Math.abs(ax - ay) * 0.71 - 0.22, round - 1.1);
      case 7 -> Math.max(Math.abs(ay - 0.5) - 0.22, ax - 0.9);
      case 8 -> Math.max(Math.abs(ax - 0.55), Math.abs(ay - 0.55)) - 0.3;
      default -> Math.max(Math.abs(y - 0.45 * StrictMath.sin(4 * x)) - 0.22, ax - 1);
    };
  }
}
