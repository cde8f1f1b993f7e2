import java.nio.*;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Kafka's own consumer as the witness: per partition the count of committed records, and per float column the sum in offset order. */
public class Sums {
    public static void main(String[] args) {
        String topic = args[1];
        int columns = Integer.parseInt(args[2]);
        Map<String, Object> config = Map.of(
            "bootstrap.servers", args[0],
            "isolation.level", "read_committed",
            "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).sorted(Comparator.comparing(TopicPartition::partition)).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            double[][] sums = new double[partitions.size()][columns];
            long[] counts = new long[partitions.size()];
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    ByteBuffer value = ByteBuffer.wrap(record.value()).order(ByteOrder.LITTLE_ENDIAN).position(5);
                    counts[record.partition()]++;
                    for (int i = 0; i < columns; i++) {
                        sums[record.partition()][i] += value.getFloat();
                    }
                }
            }
            for (TopicPartition p : partitions) {
                System.out.print("sums " + p.partition() + " " + counts[p.partition()]);
                for (double sum : sums[p.partition()]) {
                    System.out.print(" " + Double.doubleToLongBits(sum));
                }
                System.out.println();
            }
        }
    }
}
