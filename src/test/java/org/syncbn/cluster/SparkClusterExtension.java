package org.syncbn.cluster;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs the tests that are marked {@link OnSparkCluster}. */
public final class SparkClusterExtension implements TestTemplateInvocationContextProvider {

  private static final Namespace NAMESPACE = Namespace.create(SparkClusterExtension.class);

  private record Shape(ClusterKind kind, int executors, int coresPerExecutor, int megabytes) {

    SparkCluster start() {
      return SparkCluster.start(kind, executors, coresPerExecutor, megabytes);
    }
  }

  /** For JUnit. */
  public SparkClusterExtension() {}

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getTestMethod(), OnSparkCluster.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    OnSparkCluster wanted =
        AnnotationSupport.findAnnotation(context.getTestMethod(), OnSparkCluster.class)
            .orElseThrow();
    Map<String, String> settings = new HashMap<>();
    for (String setting : wanted.conf()) {
      String[] parts = setting.split("=", 2);
      settings.put(parts[0], parts[1]);
    }
    return Arrays.stream(wanted.kinds())
        .map(
            kind ->
                new Shape(
                    kind, wanted.executors(), wanted.coresPerExecutor(), wanted.memoryMegabytes()))
        .map(shape -> new Invocation(shape, settings));
  }

  /**
   * One run of a test. What it puts into the stores is closed when their owner ends, last in first
   * out.
   */
  private record Invocation(Shape shape, Map<String, String> settings)
      implements TestTemplateInvocationContext, ParameterResolver {

    @Override
    public String getDisplayName(int index) {
      return "on " + shape.kind;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
      Class<?> type = parameter.getParameter().getType();
      return type == SparkCluster.class || type == SparkSession.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
      SparkCluster cluster = cluster(test);
      return parameter.getParameter().getType() == SparkCluster.class
          ? cluster
          : cluster.session(settings);
    }

    private SparkCluster cluster(ExtensionContext test) {
      ExtensionContext owner = shape.kind == ClusterKind.STANDALONE ? test.getRoot() : test;
      SparkCluster cluster =
          owner.getStore(NAMESPACE).getOrComputeIfAbsent(shape, Shape::start, SparkCluster.class);
      test.getStore(NAMESPACE)
          .getOrComputeIfAbsent("session", key -> (AutoCloseable) cluster::stopSession);
      return cluster;
    }
  }
}
