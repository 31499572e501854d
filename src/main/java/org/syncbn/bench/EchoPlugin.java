package org.syncbn.bench;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** A Spark plugin whose driver answers what it is asked: a peer of the engines' exchanges. */
public final class EchoPlugin implements SparkPlugin {

  private static volatile Optional<PluginContext> executor = Optional.empty();

  /** Creates the plugin, as Spark does by its name. */
  public EchoPlugin() {}

  /** The plugin of this JVM's executor. */
  static PluginContext context() {
    return executor.orElseThrow();
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Map<String, String> init(SparkContext spark, PluginContext context) {
        return Map.of();
      }

      @Override
      public Object receive(Object message) {
        return message;
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> fromDriver) {
        executor = Optional.of(context);
      }
    };
  }
}
