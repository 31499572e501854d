package org.syncbn.spark.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.spark.network.client.StreamCallbackWithID;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.WireFormat;

/** What comes over one connection. For the thread that reads it. */
final class Inbox {

  private final List<TensorMemory> memories;
  private final List<Tensor> ahead = new ArrayList<>();
  private int reads;

  /**
   * An empty inbox.
   *
   * @param lives for how many reads the tensors of one are left alone before their memory is used
   *     again; 0 for fresh memory each time
   */
  Inbox(int lives) {
    memories = Stream.generate(TensorMemory::new).limit(lives).toList();
  }

  private IntFunction<Tensor> memory() {
    return memories.isEmpty() ? Tensor::zeros : memories.get(reads % memories.size());
  }

  /** Takes a tensor that is sent ahead. */
  StreamCallbackWithID receive(ByteBuffer head) {
    Tensor tensor = memory().apply(head.getInt(head.position()));
    ByteBuffer bytes = tensor.bytes();
    return new StreamCallbackWithID() {
      @Override
      public String getID() {
        return "tensor";
      }

      @Override
      public void onData(String id, ByteBuffer some) {
        bytes.put(some);
      }

      @Override
      public void onComplete(String id) {
        ahead.add(tensor);
      }

      @Override
      public void onFailure(String id, Throwable cause) {} // the connection is lost
    };
  }

  /** Reads what the tensors were sent ahead of. */
  <T> T read(ByteBuffer bytes, BiFunction<WireFormat.Parcel, IntFunction<Tensor>, T> format) {
    try {
      return format.apply(new WireFormat.Parcel(bytes, ahead), memory());
    } finally {
      ahead.clear();
      reads++;
      if (!memories.isEmpty()) {
        memories.get(reads % memories.size()).rewind();
      }
    }
  }
}
