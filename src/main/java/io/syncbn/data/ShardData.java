package io.syncbn.data;

import java.io.Serializable;

/**
 * All rows of one logical shard. Immutable.
 *
 * @param training rows that weights are fitted to
 * @param validation rows held out; a block without rows when there are none
 */
public record ShardData(Block training, Block validation) implements Serializable {}
