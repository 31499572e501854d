"""Where Maven finds the jar of this package; the build fills in the names."""

ARTIFACT = "${project.artifactId}-${project.version}.jar"
COORDINATES = "${project.groupId}:${project.artifactId}:${project.version}"
VERSION = "${project.version}"
