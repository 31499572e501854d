package org.syncbn.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Named arrays in the safetensors format (Hugging Face, "safetensors", version 0.x): the length of
 * a JSON header, the header, then the numbers, little-endian and without gaps. Nothing is executed
 * on reading. Equal arrays in equal order give equal bytes.
 */
public final class Safetensors {

  private static final int LONGEST_HEADER = 100_000_000;
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8; // of Java
  private static final String METADATA = "__metadata__";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Safetensors() {}

  /** Writes arrays: those of eight bytes a number first, so that all are aligned. */
  public static void write(OutputStream out, Map<String, StoredArray> arrays) throws IOException {
    List<Map.Entry<String, StoredArray>> ordered = new ArrayList<>(arrays.entrySet());
    ordered.sort(Comparator.comparingInt(entry -> -entry.getValue().type().bytes()));
    ObjectNode header = JSON.createObjectNode();
    long offset = 0;
    for (Map.Entry<String, StoredArray> entry : ordered) {
      StoredArray array = entry.getValue();
      ObjectNode node = header.putObject(entry.getKey()).put("dtype", array.type().name());
      ArrayNode shape = node.putArray("shape");
      Arrays.stream(array.shape()).forEach(shape::add);
      node.putArray("data_offsets").add(offset).add(offset + array.bytes());
      offset += array.bytes();
    }
    byte[] json = JSON.writeValueAsBytes(header);
    int padding = -json.length & 7;
    byte[] length =
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length + padding)
            .array();
    out.write(length);
    out.write(json);
    out.write("       ".substring(0, padding).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    for (Map.Entry<String, StoredArray> entry : ordered) {
      entry.getValue().writeTo(out);
    }
  }

  /** Takes the arrays of a file that is being read. */
  @FunctionalInterface
  public interface Receiver {

    /**
     * Takes an array. What it does not read is skipped.
     *
     * @param array can be read during this call, once, from its first number to its last
     */
    void receive(String name, StoredArray array);
  }

  /**
   * Reads all arrays into memory, in the order of their places in the file.
   *
   * @param in the whole file
   * @param name of the file, for sentences
   * @throws FileFormatException if it is truncated, too long, inconsistent or no such file
   */
  public static Map<String, StoredArray> read(InputStream in, String name) throws IOException {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    read(in, name, (key, array) -> arrays.put(key, array.copy()));
    return Collections.unmodifiableMap(arrays);
  }

  /**
   * Reads arrays in the order of their places in the file, of which a few kilobytes are in memory
   * at a time.
   *
   * @param in the whole file
   * @param name of the file, for sentences
   * @throws FileFormatException if it is truncated, too long, inconsistent or no such file
   */
  public static void read(InputStream in, String name, Receiver receiver) throws IOException {
    byte[] start = in.readNBytes(8);
    if (start.length < 8) {
      throw damaged(name, "it is shorter than the length of a header");
    }
    long headerLength = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerLength < 2 || headerLength > LONGEST_HEADER) {
      throw new FileFormatException(
          name + " is not a safetensors file: it does not begin with one");
    }
    byte[] header = in.readNBytes((int) headerLength);
    if (header.length < headerLength) {
      throw damaged(name, "its header is truncated");
    }
    long offset = 0;
    for (Place place : places(header, name)) {
      if (place.from != offset) {
        throw damaged(name, "array '" + place.name + "' leaves a gap or overlaps another one");
      }
      ArrayStream stream =
          new ArrayStream(
              in,
              place.to - place.from,
              () -> damaged(name, "it is truncated inside array '" + place.name + "'"));
      try {
        receiver.receive(place.name, stream.array(place.type, place.shape));
        stream.skipRest();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      offset = place.to;
    }
    if (in.read() >= 0) {
      throw damaged(name, "it continues after the last array");
    }
  }

  /** Where the header says that one array lies. */
  private record Place(String name, StoredArray.Type type, int[] shape, long from, long to) {}

  private static List<Place> places(byte[] header, String name) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(header);
    } catch (JsonProcessingException e) {
      throw new FileFormatException(name + " is not a safetensors file: its header is not JSON", e);
    }
    List<Place> places = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getKey().equals(METADATA)) {
        places.add(place(entry.getKey(), entry.getValue(), name));
      }
    }
    places.sort(Comparator.comparingLong(Place::from).thenComparingLong(Place::to));
    return places;
  }

  private static Place place(String key, JsonNode node, String file) {
    StoredArray.Type type =
        Arrays.stream(StoredArray.Type.values())
            .filter(known -> known.name().equals(node.path("dtype").asText()))
            .findFirst()
            .orElseThrow(
                () ->
                    new FileFormatException(
                        file
                            + ": array '"
                            + key
                            + "' has the type "
                            + node.path("dtype")
                            + "; only F32, F64 and I64 are read"));
    JsonNode offsets = node.path("data_offsets");
    JsonNode dimensions = node.path("shape");
    long numbers = 1;
    int[] shape = new int[dimensions.size()];
    for (int axis = 0; axis < shape.length; axis++) {
      long dimension = dimensions.get(axis).asLong(-1);
      if (dimension < 0 || dimension > Integer.MAX_VALUE) {
        throw damaged(file, "array '" + key + "' has the shape " + dimensions);
      }
      shape[axis] = (int) dimension;
      numbers = Math.min(numbers * dimension, Long.MAX_VALUE >> Integer.SIZE);
    }
    long from = offsets.path(0).asLong(-1);
    long to = offsets.path(1).asLong(-1);
    if (!dimensions.isArray()
        || from < 0
        || to - from != numbers * type.bytes()
        || numbers > LONGEST_ARRAY) {
      throw damaged(file, "the place of array '" + key + "' does not fit its shape");
    }
    return new Place(key, type, shape, from, to);
  }

  private static FileFormatException damaged(String file, String how) {
    return new FileFormatException(file + " is damaged: " + how);
  }
}
