/**
 * What is saved: files with a format and a version, and the rejection of files that are damaged, of
 * something else, or newer than this release.
 *
 * <p>Imports {@code org.syncbn.nn}, {@code norm}, {@code tensor} and {@code sums}, and Jackson.
 * Read {@link org.syncbn.model.SavedStatistics}, {@link org.syncbn.model.Safetensors} and {@link
 * org.syncbn.model.Folder} first; {@code org.syncbn.data} comes next.
 */
package org.syncbn.model;
