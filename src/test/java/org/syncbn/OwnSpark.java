package org.syncbn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Tests that open and close Spark contexts, clusters or processes of their own: a JVM has one Spark
 * context at a time, so their classes share JVMs with each other alone, one after the other. All
 * others use the session of {@code LocalSpark}, which stays open, where they need Spark.
 */
@Tag("own-spark")
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface OwnSpark {}
