using Avro.Generic;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Readers;

/// <summary>The readers by name.</summary>
internal static class ReaderCatalog
{
    /// <summary>The reader that others are compared with.</summary>
    public const string Baseline = "consume";

    private static readonly Dictionary<string, (string Description, Func<ReadTask, Task<IReader>> Open)> Readers = new()
    {
        [Baseline] = ("Confluent.Kafka `Consume`, raw bytes", task => Opened(new ConsumerReader<byte[]>(task, false, value => BitConverter.ToSingle(value, 9)))),
        ["generic"] = ("Confluent.Kafka + `AvroDeserializer<GenericRecord>`", task => Opened(new ConsumerReader<GenericRecord>(task, true, r => (float)r.GetValue(1)))),
        ["generated"] = ("Confluent.Kafka + `AvroDeserializer` of the generated record", task => Opened(new ConsumerReader<SUSYRecord>(task, true, r => r.lepton_1_pT))),
        ["tensors"] = ("KafkaDatasets, tensor batches of [1000, 18]", async task => await TensorReader.OpenAsync(task, FetchEngine.Auto)),
        ["tensors-consumer"] = ("KafkaDatasets, the same by the Confluent.Kafka consumer", async task => await TensorReader.OpenAsync(task, FetchEngine.Consumer)),
        ["view"] = ("KafkaDatasets, `IDataView` with `Features` and `Label`", async task => await ViewReader.OpenAsync(task)),
    };

    public static IReadOnlyList<string> Names { get; } = [.. Readers.Keys];

    public static string Describe(string name) => Readers[name].Description;

    public static Task<IReader> OpenAsync(ReadTask task) => Readers[task.Reader].Open(task);

    private static Task<IReader> Opened(IReader reader) => Task.FromResult(reader);
}
