package org.syncbn.optim;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A record as it is serialized: Java does not serialize the {@link Optional}s among its components.
 *
 * @param type of the record
 * @param values of its components, of an optional one a list of the value or of nothing
 */
record WrittenRecord(Class<? extends Record> type, ArrayList<Object> values)
    implements Serializable {

  static WrittenRecord of(Record written) {
    ArrayList<Object> values = new ArrayList<>();
    try {
      for (RecordComponent component : written.getClass().getRecordComponents()) {
        Object value = component.getAccessor().invoke(written);
        values.add(value instanceof Optional<?> optional ? optional.stream().toList() : value);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
    return new WrittenRecord(written.getClass(), values);
  }

  private Object readResolve() throws ObjectStreamException {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object[] read = values.toArray();
    for (int i = 0; i < read.length; i++) {
      if (types[i] == Optional.class) {
        read[i] = ((List<?>) read[i]).stream().findFirst();
      }
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(read);
    } catch (ReflectiveOperationException e) {
      throw (ObjectStreamException) new InvalidObjectException(type.getName()).initCause(e);
    }
  }
}
