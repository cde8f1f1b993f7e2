import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes, with Kafka's own producer, logs of every kind: a partition for each. The last transaction stays open. */
public class Logs {
    static final long START = 1_700_000_000_000L;
    static final long HOUR = 3_600_000L;
    static final Random random = new Random();
    static String servers;
    static int number;
    static long time = START;
    static volatile Exception failure;

    public static void main(String[] args) throws Exception {
        servers = args[0];
        random.setSeed(Long.parseLong(args[4]));
        every(args[1]);
        compacted(args[2]);
        appended(args[3]);
        if (failure != null) {
            throw failure;
        }

        System.out.println("written " + number);
        System.out.flush();
        Runtime.getRuntime().halt(0); // closing the producer would end its transaction
    }

    static void every(String topic) {
        int partition = 0;
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            sizes(topic, partition++, codec);
        }

        transactions(topic, partition++);
        interleaved(topic, partition++);
        oddities(topic, partition++);
        large(topic, partition++);
        aborted(topic, partition++);
        deleted(topic, partition++);
        open(topic, partition);
    }

    /** Batches of one record up to thousands. */
    static void sizes(String topic, int partition, String codec) {
        try (var single = producer(Map.of("compression.type", codec, "batch.size", 0, "linger.ms", 0))) {
            send(single, topic, partition, 60);
        }

        try (var producer = producer(Map.of("compression.type", codec))) {
            for (int size : new int[] { 2, 1, 3000, 2, 7, 100, 1, 7, 7, 400, 2, 1000, 13 }) {
                send(producer, topic, partition, size);
                producer.flush();
            }
        }
    }

    /** One transaction after the other, the first and the last aborted. */
    static void transactions(String topic, int partition) {
        try (var producer = transactional(topic + "-single", "lz4")) {
            for (int i = 0; i < 21; i++) {
                producer.beginTransaction();
                for (int batches = 1 + random.nextInt(3); batches > 0; batches--) {
                    send(producer, topic, partition, 1 + random.nextInt(40));
                    producer.flush();
                }

                end(producer, i % 20 != 0 && random.nextInt(3) > 0);
            }
        }
    }

    /** Transactions of four producers, their batches mixed with each other and with those of a plain producer. */
    static void interleaved(String topic, int partition) {
        var producers = new ArrayList<KafkaProducer<byte[], byte[]>>();
        var isOpen = new boolean[4];
        for (int i = 0; i < 4; i++) {
            producers.add(transactional(topic + "-mixed-" + i, List.of("none", "snappy", "zstd", "gzip").get(i)));
        }

        try (var plain = producer(Map.of())) {
            for (int step = 0; step < 250; step++) {
                int which = random.nextInt(5);
                var producer = which == 4 ? plain : producers.get(which);
                if (which < 4 && !isOpen[which]) {
                    producer.beginTransaction();
                    isOpen[which] = true;
                }

                send(producer, topic, partition, 1 + random.nextInt(12));
                producer.flush();
                if (which < 4 && random.nextInt(6) == 0) {
                    end(producer, random.nextBoolean());
                    isOpen[which] = false;
                }
            }
        }

        for (int i = 0; i < 4; i++) {
            if (isOpen[i]) {
                end(producers.get(i), i % 2 == 0);
            }

            producers.get(i).close();
        }
    }

    /** Null and empty keys and values, headers of every kind, times in no order. */
    static void oddities(String topic, int partition) {
        byte[] empty = {};
        Header[][] headers = {
            {},
            { new RecordHeader("one", bytes("1")) },
            { new RecordHeader("none", null), new RecordHeader("empty", empty) },
            { new RecordHeader("twice", bytes("a")), new RecordHeader("twice", bytes("b")), new RecordHeader("größe", new byte[] { 0, (byte) 255 }) },
            { new RecordHeader("long", new byte[300]) },
        };
        try (var producer = producer(Map.of())) {
            for (int i = 0; i < 600; i++) {
                byte[] key = i % 4 == 0 ? null : i % 4 == 1 ? empty : bytes("key " + i);
                byte[] value = i % 7 == 0 ? null : i % 7 == 1 ? empty : value(20);
                long when = START - random.nextInt(1_000_000_000) * (i % 2 == 0 ? 1L : 1000L);
                send(producer, topic, partition, i % 10 == 0 ? 0 : when, key, value, headers[i % headers.length]);
                if (random.nextInt(20) == 0) {
                    producer.flush();
                }
            }
        }
    }

    /** Records larger than what is asked for at once, among small ones. */
    static void large(String topic, int partition) {
        for (String codec : List.of("none", "zstd", "gzip")) {
            try (var producer = producer(Map.of("compression.type", codec, "max.request.size", 4_000_000))) {
                for (int size : new int[] { 200_000, 10, 600_000, 1_000_000, 20, 2_600_000 }) {
                    send(producer, topic, partition, time++, null, value(size));
                    send(producer, topic, partition, 30);
                    producer.flush();
                }
            }
        }
    }

    static void aborted(String topic, int partition) {
        try (var producer = transactional(topic + "-aborted", "none")) {
            for (int i = 0; i < 3; i++) {
                producer.beginTransaction();
                send(producer, topic, partition, 40);
                producer.flush();
                end(producer, false);
            }
        }
    }

    /** Its start is deleted later, up to the middle of a batch. */
    static void deleted(String topic, int partition) {
        try (var producer = producer(Map.of("compression.type", "lz4"))) {
            for (int i = 0; i < 10; i++) {
                send(producer, topic, partition, 100);
                producer.flush();
            }
        }
    }

    /** A transaction that nobody ends, and committed ones before and behind its start. */
    static void open(String topic, int partition) {
        var never = transactional(topic + "-never", "none");
        try (var producer = transactional(topic + "-other", "none")) {
            for (int i = 0; i < 4; i++) {
                producer.beginTransaction();
                send(producer, topic, partition, 25);
                producer.flush();
                if (i == 1) {
                    never.beginTransaction();
                    send(never, topic, partition, 10);
                    never.flush();
                }

                end(producer, i != 0);
            }
        }
    }

    /** Keys written again and again and deleted, an hour apart, which begins a segment each time. */
    static void compacted(String topic) {
        for (int partition = 0; partition < 2; partition++) {
            String codec = partition == 0 ? "none" : "zstd";
            keys(topic, partition, codec, 0, 0, 200, false, 50);
            keys(topic, partition, codec, 1, 0, 150, false, 7);
            keys(topic, partition, codec, 2, 100, 200, true, 30);
            keys(topic, partition, codec, 3, 40, 60, false, 1);
            keys(topic, partition, codec, 4, 300, 500, false, 200);
            keys(topic, partition, codec, 5, 301, 400, false, 200);
            keys(topic, partition, codec, 6, 600, 610, false, 3);
        }

        try (var a = transactional(topic + "-a", "none"); var b = transactional(topic + "-b", "none")) {
            for (int round = 0; round < 5; round++) {
                time = START + round * HOUR;
                a.beginTransaction();
                b.beginTransaction();
                for (int key = 0; key < 60; key++) {
                    send(key % 2 == 0 ? a : b, topic, 2, time++, bytes("" + key % (30 + round)), value(10));
                    if (key % 9 == 0) {
                        a.flush();
                        b.flush();
                    }
                }

                end(a, round % 2 == 0);
                end(b, round != 2);
            }
        }
    }

    /** A round of a producer of its own, whose last batch outlives its records. */
    static void keys(String topic, int partition, String codec, int round, int from, int to, boolean delete, int batch) {
        time = START + round * HOUR;
        try (var producer = producer(Map.of("compression.type", codec))) {
            for (int key = from; key < to; key++) {
                send(producer, topic, partition, time++, bytes("" + key), delete ? null : value(10));
                if (key % batch == 0) {
                    producer.flush();
                }
            }
        }
    }

    static void appended(String topic) {
        sizes(topic, 0, "none");
        sizes(topic, 1, "snappy");
        transactions(topic, 2);
    }

    static void send(Producer<byte[], byte[]> producer, String topic, int partition, int count) {
        for (int i = 0; i < count; i++) {
            time += random.nextInt(100);
            send(producer, topic, partition, time, random.nextInt(3) == 0 ? null : bytes("key " + random.nextInt(1000)), value(random.nextInt(60)));
        }
    }

    static void send(Producer<byte[], byte[]> producer, String topic, int partition, long timestamp, byte[] key, byte[] value, Header... headers) {
        producer.send(new ProducerRecord<>(topic, partition, timestamp, key, value, Arrays.asList(headers)), (metadata, e) -> {
            if (e != null && !(e instanceof org.apache.kafka.common.errors.TransactionAbortedException)) {
                failure = e;
            }
        });
    }

    static void end(Producer<byte[], byte[]> producer, boolean commit) {
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    /** Avro: a float that is 0 or 1, a float that no other value has, and bytes of which half compress well. */
    static byte[] value(int payload) {
        int n = number++;
        ByteBuffer buffer = ByteBuffer.allocate(13 + payload).order(ByteOrder.LITTLE_ENDIAN).putFloat(n % 2).putFloat(n);
        for (int rest = payload << 1; ; rest >>>= 7) {
            if (rest < 0x80) {
                buffer.put((byte) rest);
                break;
            }

            buffer.put((byte) (rest | 0x80));
        }

        for (int i = 0; i < payload; i++) {
            buffer.put((byte) (i % 16 < 8 ? n : random.nextInt()));
        }

        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The transaction that is left open must outlive all tests, also on a slow machine. */
    static KafkaProducer<byte[], byte[]> transactional(String id, String codec) {
        try {
            return transactional(id, codec, 7_200_000);
        } catch (InvalidTxnTimeoutException e) {
            return transactional(id, codec, 900_000); // the most that brokers allow by default
        }
    }

    static KafkaProducer<byte[], byte[]> transactional(String id, String codec, int timeout) {
        var producer = producer(Map.of("transactional.id", id, "transaction.timeout.ms", timeout, "compression.type", codec));
        try {
            producer.initTransactions();
            return producer;
        } catch (RuntimeException e) {
            producer.close();
            throw e;
        }
    }

    /** A producer that sends a batch when it is flushed. */
    static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        var config = new HashMap<String, Object>(Map.of("bootstrap.servers", servers, "batch.size", 3_000_000, "linger.ms", 60_000, "max.request.size", 3_500_000));
        config.putAll(settings);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
