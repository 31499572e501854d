package io.syncbn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Tests that start a Spark context, a cluster or a process of their own: their class gets a JVM to
 * itself, for a JVM has one Spark context at a time. All others share JVMs, and where they need
 * Spark, the session of {@code LocalSpark}.
 */
@Tag("own-jvm")
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface OwnJvm {}
