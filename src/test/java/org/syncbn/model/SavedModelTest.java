package org.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.nn.ActivationSpec;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.Network;
import org.syncbn.nn.NormalizationSpec;
import org.syncbn.nn.Shape;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

class SavedModelTest {

  private static final Network NETWORK =
      Network.of(
          Shape.features(3),
          List.of(
              LinearSpec.Dense.of(2),
              new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH),
              new ActivationSpec.Relu()),
          CounterRandom.of(1));

  @TempDir private Path folder;

  @Test
  void namesAndShapesAreThoseOfPytorch() {
    Map<String, StoredArray> arrays = arrays();
    assertThat(arrays.keySet())
        .containsExactly(
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "1.running_mean",
            "1.running_var",
            "1.num_batches_tracked");
    assertThat(arrays.get("0.weight").shape()).containsExactly(2, 3);
    assertThat(arrays.get("1.running_var").type()).isEqualTo(StoredArray.Type.F64);
    NetworkArrays back = NetworkArrays.of(NETWORK, arrays, "m");
    assertThat(back.weights().toArray()).isEqualTo(NETWORK.initialWeights().toArray());
    assertThat(back.states()).isEqualTo(NETWORK.initialStates(back.weights()));
  }

  @Test
  void arraysThatAreNotTheNetworksAreRejected() {
    rejected(arrays -> arrays.remove("0.bias"), "m has no '0.bias', which the network needs");
    rejected(
        arrays -> arrays.put("2.weight", arrays.get("0.bias")),
        "m holds '2.weight', which the network does not have");
    rejected(
        arrays -> arrays.put("0.bias", StoredArray.of(new float[3], 3)),
        "m: '0.bias' has the shape [3], the network needs [2]");
    rejected(
        arrays -> arrays.put("1.running_var", StoredArray.of(new double[] {1, -1}, 2)),
        "m is damaged: layer 1, channel 1: the running variance would become -1.0");
    rejected(
        arrays -> arrays.put("1.weight", StoredArray.of(new float[] {Float.NaN, 1}, 2)),
        "m is damaged: layer 1, channel 0: gamma would become NaN");
  }

  private interface Change {
    void apply(Map<String, StoredArray> arrays);
  }

  private static void rejected(Change change, String sentence) {
    Map<String, StoredArray> arrays = new LinkedHashMap<>(arrays());
    change.apply(arrays);
    assertThatThrownBy(() -> NetworkArrays.of(NETWORK, arrays, "m"))
        .isInstanceOf(FileFormatException.class)
        .hasMessageStartingWith(sentence);
  }

  @Test
  void aModelOfVersion2TakesItsTableAsItDid() throws IOException {
    LocalFolder place = new LocalFolder(folder.resolve("m"));
    Path json = folder.resolve("m/model.json");
    SavedModel model = model("m");
    model.description().putObject("data").put("format", "csv");
    model.save(place);
    assertThat(SavedModel.load(place).description().get("data").toString())
        .isEqualTo("{\"format\":\"csv\"}");
    String text = Files.readString(json);
    Files.writeString(json, text.replace("\"version\" : 4", "\"version\" : 2"));
    assertThat(SavedModel.load(place).description().get("data").toString())
        .isEqualTo("{\"format\":\"csv\",\"standardize\":false,\"test\":\"none\"}");
  }

  @Test
  void damageIsNamed() throws IOException {
    LocalFolder place = new LocalFolder(folder.resolve("m"));
    Path json = folder.resolve("m/model.json");
    Path weights = folder.resolve("m/model.safetensors");
    model("m").save(place);
    String text = Files.readString(json);
    byte[] bytes = Files.readAllBytes(weights);

    Files.writeString(json, text.substring(0, text.length() / 2));
    loadRejected(place, "model.json is damaged or not JSON: ");
    Files.writeString(json, "{}");
    loadRejected(place, "model.json does not describe a model of this program");
    Files.writeString(json, text.replace("\"version\" : 4", "\"version\" : 5"));
    loadRejected(place, "model.json has version 5; this release reads versions 2 to 4");
    Files.writeString(json, text);

    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    loadRejected(place, "its SHA-256 differs");
    Files.write(weights, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    loadRejected(place, "model.safetensors is damaged: it is truncated");
    Files.delete(weights);
    loadRejected(place, "is incomplete: it has no model.safetensors");
  }

  private static void loadRejected(Folder place, String sentence) {
    assertThatThrownBy(() -> SavedModel.load(place))
        .isInstanceOf(FileFormatException.class)
        .hasMessageContaining(sentence);
  }

  private static SavedModel model(String name) {
    ObjectNode description = JsonNodeFactory.instance.objectNode().put("name", name);
    return new SavedModel(description, arrays(), Map.of());
  }

  private static Map<String, StoredArray> arrays() {
    Tensor weights = NETWORK.initialWeights();
    return new NetworkArrays(weights, NETWORK.initialStates(weights)).named(NETWORK);
  }
}
