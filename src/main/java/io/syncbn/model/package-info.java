/**
 * What is saved: files with a format and a version, and the refusal of files that are damaged, of
 * something else, or newer than this release.
 *
 * <p>Imports {@code io.syncbn.nn}, {@code norm}, {@code tensor} and {@code sums}, and Jackson. Read
 * {@link io.syncbn.model.SavedStatistics}, {@link io.syncbn.model.Safetensors} and {@link
 * io.syncbn.model.Folder} first; {@code io.syncbn.data} comes next.
 */
package io.syncbn.model;
