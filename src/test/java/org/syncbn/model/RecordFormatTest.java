package org.syncbn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.syncbn.norm.BatchNormOptions;

class RecordFormatTest {

  private static final RecordFormat FORMAT =
      RecordFormat.builder()
          .name(Igloo.class, "dome")
          .defaults(new Igloo(3, "snow"), "radius")
          .inline(Size.class)
          .defaults(new Hall(new Size(8, 5), "oak"), "width")
          .inlineWithPrefix(Wall.class, "colour")
          .constant(Roof.class, "steep", new Gable(60, 0.25f))
          .shortForm(
              Door.class,
              node -> node.isTextual() ? Optional.of(new Door(true)) : Optional.empty(),
              door -> Optional.of(JsonNodeFactory.instance.textNode("open")))
          .build();

  record House(int floors, double height, Roof roof, List<Roof> sheds, Optional<Door> door) {
    public static final House DEFAULTS = new House(2, 7.5, new Flat(), List.of(), Optional.empty());
    public static final House TOWER =
        new House(12, 40, new Gable(30, 0.5f), List.of(new Tent(2)), Optional.of(new Door(true)));

    House {
      if (floors < 1) {
        throw new IllegalArgumentException("a house has at least one floor, not " + floors);
      }
    }
  }

  sealed interface Roof {}

  record Flat() implements Roof {}

  record Gable(int angle, float overhang) implements Roof {}

  record Tent(double poleLength) implements Roof {}

  record Igloo(double radius, String material) implements Roof {}

  record Door(boolean open) {}

  record Size(double width, double depth) {}

  record Hall(Size size, String floor) {}

  record Wall(String colour, int windows) {}

  record Room(Wall front, Wall back) {}

  @Test
  void whatIsWrittenReadsBack() throws Exception {
    for (House house : List.of(House.DEFAULTS, House.TOWER)) {
      JsonNode written = FORMAT.write(house);
      String text = new ObjectMapper().writeValueAsString(written);
      assertThat(FORMAT.read(new ObjectMapper().readTree(text), House.class, "")).isEqualTo(house);
    }
    assertThat(FORMAT.write(House.TOWER).toString())
        .isEqualTo(
            "{'floors':12,'height':40.0,'roof':{'gable':{'angle':30,'overhang':0.5}},"
                    .replace('\'', '"')
                + "'sheds':[{'tent':2.0}],'door':'open'}".replace('\'', '"'));
  }

  @Test
  void missingKeysComeFromTheDefaultsOrFromAPreset() throws Exception {
    assertThat(house("{}")).isEqualTo(House.DEFAULTS);
    assertThat(house("{'floors': 3}").floors()).isEqualTo(3);
    House tower = house("{'preset': 'tower', 'height': 50, 'roof': {'gable': {'angle': 10}}}");
    assertThat(tower.floors()).isEqualTo(12);
    assertThat(tower.height()).isEqualTo(50);
    assertThat(tower.roof()).isEqualTo(new Gable(10, 0.5f));
    assertThat(FORMAT.read(json("{'floors': 1}"), House.TOWER, "").height()).isEqualTo(40);
  }

  @Test
  void namesStandForRecordsWithoutComponentsAndValuesForThoseWithOne() throws Exception {
    assertThat(house("{'roof': 'flat'}").roof()).isEqualTo(new Flat());
    assertThat(house("{'roof': {'flat': {}}}").roof()).isEqualTo(new Flat());
    assertThat(house("{'roof': {'tent': 3}}").roof()).isEqualTo(new Tent(3));
    assertThat(house("{'roof': {'tent': {'poleLength': 3}}}").roof()).isEqualTo(new Tent(3));
  }

  @Test
  void keysOfAnInlineRecordStandBesideTheOthers() throws Exception {
    Hall hall = FORMAT.read(json("{'width': 9, 'floor': 'ash'}"), Hall.class, "");
    assertThat(hall).isEqualTo(new Hall(new Size(9, 5), "ash"));
    assertThat(FORMAT.write(hall)).isEqualTo(json("{'width': 9.0, 'depth': 5.0, 'floor': 'ash'}"));
    assertThatThrownBy(() -> FORMAT.read(json("{'depth': 2}"), Hall.class, "hall"))
        .isInstanceOf(SettingException.class)
        .hasMessage("the setting 'hall.width' is missing");
    assertThatThrownBy(() -> FORMAT.read(json("{'width': 2, 'size': 3}"), Hall.class, ""))
        .isInstanceOf(SettingException.class)
        .hasMessage("unknown setting 'size'; there are width, depth, floor");
  }

  @Test
  void aBuilderAddsNamesDefaultsAndShortForms() throws Exception {
    assertThat(house("{'roof': 'steep', 'door': 'open'}"))
        .isEqualTo(new House(2, 7.5, new Gable(60, 0.25f), List.of(), Optional.of(new Door(true))));
    assertThat(FORMAT.write(house("{'roof': 'steep'}")).get("roof").asText()).isEqualTo("steep");
    assertThat(house("{'roof': {'dome': {'radius': 4}}}").roof()).isEqualTo(new Igloo(4, "snow"));
    rejected("{'roof': {'dome': {}}}", "the setting 'home.roof.dome.radius' is missing");
  }

  @Test
  void mistakesAreSentencesThatNameTheSetting() {
    rejected("{'flors': 3}", "unknown setting 'home.flors'; did you mean 'floors'?");
    rejected("{'zzzzzzzzz': 3}", "unknown setting 'home.zzzzzzzzz'; there are floors, ");
    rejected("{'floors': 'two'}", "'home.floors' must be a whole number, was \"two\"");
    rejected("{'floors': 1.5}", "'home.floors' must be a whole number, was 1.5");
    rejected("{'floors': 0}", "home: a house has at least one floor, not 0");
    rejected("{'height': 'low'}", "'home.height' must be a number, was \"low\"");
    rejected("{'door': {}}", "the setting 'home.door.open' is missing");
    rejected("{'door': {'open': 1}}", "'home.door.open' must be true or false, was 1");
    rejected(
        "{'roof': 'gabel'}",
        "'home.roof' knows no 'gabel'; did you mean 'gable'?; there are dome, flat, gable, steep,"
            + " tent");
    rejected(
        "{'roof': {'gable': {'angle': 1}}}", "the setting 'home.roof.gable.overhang' is missing");
    rejected("{'sheds': ['flat', {'tent': 'x'}]}", "'home.sheds[1].tent' must be a number");
    rejected(
        "{'sheds': [{'tent': {'poleLength': 'x'}}]}",
        "'home.sheds[0].tent.poleLength' must be a number");
    rejected("{'preset': 'castle'}", "'home.preset' knows no 'castle'");
    rejected("[]", "'home' must be an object, was []");
  }

  private static void rejected(String json, String sentence) {
    assertThatThrownBy(() -> FORMAT.read(json(json), House.class, "home"))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith(sentence);
  }

  private static House house(String json) throws Exception {
    return FORMAT.read(json(json), House.class, "home");
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  @Test
  void keysMayBeginWithTheNameOfTheRecordThatHasNone() {
    Room room = new Room(new Wall("red", 2), new Wall("blue", 0));
    JsonNode written = FORMAT.write(room);
    assertThat(written.toString())
        .isEqualTo(
            "{'front':'red','frontWindows':2,'back':'blue','backWindows':0}".replace('\'', '"'));
    assertThat(FORMAT.read(written, Room.class, "")).isEqualTo(room);
    ((ObjectNode) written).remove("backWindows");
    assertThatThrownBy(() -> FORMAT.read(written, Room.class, "rooms"))
        .hasMessage("the setting 'rooms.backWindows' is missing");
  }

  @Test
  void eachOptionOfABatchNormHasAKey() throws Exception {
    String text =
        """
        {"eps": 0.5, "gamma": "absent", "gammaInitializer": "zeros", "gammaRegularizer": {"l1": 1, "l2": 2},
         "gammaConstraint": {"minMaxNorm": {"max": 3}}, "beta": "fixed", "betaInitializer": "ones",
         "betaRegularizer": {"l1": 3, "l2": 4}, "betaConstraint": "nonNegative",
         "runningAverage": {"weightOfNew": 0.25}, "runningVariance": "population",
         "runningUpdate": false, "runningMeanInitializer": "ones", "runningVarianceInitializer": "zeros",
         "trainingSource": "running", "evaluationSource": "batch", "virtualBatchRows": 7,
         "smallBatchPolicy": "skip", "rowWeights": "weighted", "axis": "width"}
        """;
    BatchNormOptions options =
        NetworkFormat.RECORDS.read(new ObjectMapper().readTree(text), BatchNormOptions.class, "");
    JsonNode written = NetworkFormat.RECORDS.write(options);
    assertThat(NetworkFormat.RECORDS.write(BatchNormOptions.PYTORCH).size()).isEqualTo(23);
    new ObjectMapper()
        .readTree(text)
        .fieldNames()
        .forEachRemaining(
            key ->
                assertThat(written.get(key))
                    .as(key)
                    .isNotEqualTo(NetworkFormat.RECORDS.write(BatchNormOptions.PYTORCH).get(key)));
    assertThat(NetworkFormat.RECORDS.read(written, BatchNormOptions.class, "")).isEqualTo(options);
  }
}
