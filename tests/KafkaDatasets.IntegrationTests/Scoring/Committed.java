import java.time.Duration;
import java.util.*;
import java.util.stream.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.BytesDeserializer;
import org.apache.kafka.common.utils.Bytes;

/** Kafka's own consumer as the witness: the committed records of a topic in the order of partition and offset, each as a line of the form that the tests' reader of the console consumer gives. */
public class Committed {
    public static void main(String[] args) {
        String topic = args[1];
        Map<String, Object> config = Map.of("bootstrap.servers", args[0], "isolation.level", "read_committed", "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(config, new BytesDeserializer(), new BytesDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).sorted(Comparator.comparingInt(TopicPartition::partition)).toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            for (TopicPartition partition : partitions) { // one by one, and printed at once: all records together may not fit into the memory
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                while (consumer.position(partition) < ends.get(partition)) {
                    consumer.poll(Duration.ofSeconds(1)).forEach(r -> System.out.println(line(r)));
                }
            }
        }
    }

    private static String line(ConsumerRecord<Bytes, Bytes> r) {
        String headers = StreamSupport.stream(r.headers().spliterator(), false).map(h -> h.key() + ":" + text(h.value() == null ? null : Bytes.wrap(h.value()))).collect(Collectors.joining(","));
        return String.join("\t", Long.toString(r.timestamp()), Integer.toString(r.partition()), Long.toString(r.offset()), headers, text(r.key()), text(r.value()));
    }

    private static String text(Bytes bytes) {
        return bytes == null ? NULL : bytes.toString();
    }

    private static final String NULL = "(null)";
}
