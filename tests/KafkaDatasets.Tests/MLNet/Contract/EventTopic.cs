using Avro.Generic;
using Confluent.Kafka;
using KafkaDatasets.Tests.Formats.Avro;
using RecordSchema = Avro.RecordSchema;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>A topic with a column of each type, whose records are known.</summary>
internal static class EventTopic
{
    public const string Schema = """
        {"type":"record","name":"Event","fields":[
          {"name":"number","type":"long"},
          {"name":"flag","type":"boolean"},
          {"name":"small","type":"int"},
          {"name":"x","type":"float"},
          {"name":"y","type":"double"},
          {"name":"maybe","type":["null","double"]},
          {"name":"name","type":"string"},
          {"name":"color","type":{"type":"enum","name":"Color","symbols":["red","green","blue"]}}]}
        """;

    /// <summary>Fills a topic: <c>number</c> is 1,000,000 · partition + offset. Every 50th record is a tombstone, which is no row.</summary>
    public static void Fill(EmbeddedKafka kafka, string topic, params int[] lengths)
    {
        kafka.CreateTopic(topic, lengths.Length);
        RecordSchema schema = AvroBytes.Parse(Schema);
        using IProducer<Null, byte[]?> producer = new ProducerBuilder<Null, byte[]?>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 1, BatchNumMessages = 300 }).Build();
        for (int partition = 0; partition < lengths.Length; partition++)
        {
            for (int offset = 0; offset < lengths[partition]; offset++)
            {
                byte[]? value = IsRow(offset) ? Encode(schema, Number(partition, offset)) : null;
                producer.Produce(new TopicPartition(topic, partition), new Message<Null, byte[]?> { Value = value });
            }
        }

        producer.Flush();
    }

    /// <summary>The numbers of the rows in canonical order.</summary>
    public static long[] Numbers(params int[] lengths) =>
    [
        .. from partition in Enumerable.Range(0, lengths.Length)
           from offset in Enumerable.Range(0, lengths[partition])
           where IsRow(offset)
           orderby offset / DatasetSnapshot.DefaultStripeLength, partition, offset
           select Number(partition, offset),
    ];

    public static KafkaDatasetOptions Options(EmbeddedKafka kafka, FetchEngine engine = FetchEngine.Auto, LabelColumn? label = null, TopicRange? range = null) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        Format = RecordFormat.Avro(Schema),
        Engine = engine,
        Label = label,
        Range = range ?? TopicRange.All,
    };

    public static byte[] Encode(RecordSchema schema, long number) => AvroBytes.Encode(Event(schema, number));

    private static bool IsRow(int offset) => offset % 50 != 49;

    private static long Number(int partition, int offset) => 1_000_000L * partition + offset;

    private static GenericRecord Event(RecordSchema schema, long number)
    {
        var colors = (global::Avro.EnumSchema)schema["color"].Schema;
        return AvroBytes.Datum(
            schema,
            number,
            number % 3 == 0,
            (int)(number % 7) - 3,
            number / 4f,
            number % 5 == 0 ? double.NaN : number / 8d,
            number % 4 == 0 ? null : number * 2d,
            number % 11 == 0 ? "" : $"event {number} ü",
            new GenericEnum(colors, colors.Symbols[(int)(number % 3)]));
    }
}
