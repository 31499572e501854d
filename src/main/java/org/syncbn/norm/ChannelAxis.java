package org.syncbn.norm;

/** Along which axis of a network's values the means and variances lie. */
public enum ChannelAxis {
  /** One for each channel of an image, or feature of a flat row; Keras: {@code axis = -1}. */
  CHANNELS,
  /** One for each row of an image's places; Keras: {@code axis = 1}. */
  HEIGHT,
  /** One for each column of an image's places; Keras: {@code axis = 2}. */
  WIDTH
}
