package org.syncbn.model;

import java.nio.file.Path;

class LocalFolderTest extends FolderContract {

  @Override
  protected Folder folder(Path path) {
    return new LocalFolder(path);
  }
}
