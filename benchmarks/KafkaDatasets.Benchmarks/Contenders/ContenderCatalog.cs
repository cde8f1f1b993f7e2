using Avro.Generic;
using Confluent.Kafka.SyncOverAsync;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.Benchmarks.Topics.Events;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The contenders by name.</summary>
internal static class ContenderCatalog
{
    private static readonly Dictionary<string, (string Description, Func<ContenderTask, Task<IContender>> OpenAsync)> All = new()
    {
        ["tensors"] = ("KafkaDatasets, tensor batches [1000, 18] and labels", async t => await TensorReader.OpenAsync(t, FetchEngine.Direct)),
        ["tensors-shuffled"] = ("KafkaDatasets, tensor batches, shuffled", async t => await TensorReader.OpenAsync(t, FetchEngine.Direct, isShuffled: true)),
        ["tensors-shuffled-consumer"] = ("KafkaDatasets, tensor batches, shuffled, consumer engine", async t => await TensorReader.OpenAsync(t, FetchEngine.Consumer, isShuffled: true)),
        ["tensors-cached"] = ("KafkaDatasets, tensor batches, from the cache", async t => await TensorReader.OpenAsync(t, FetchEngine.Direct, isCached: true)),
        ["tensors-cached-shuffled"] = ("KafkaDatasets, tensor batches, shuffled, from the cache", async t => await TensorReader.OpenAsync(t, FetchEngine.Direct, isShuffled: true, isCached: true)),
        ["tensors-cached-stopped"] = ("KafkaDatasets, tensor batches, from the cache, broker stopped", async t => await TensorReader.OpenStoppedAsync(t)),
        ["tensors-reopened"] = ("KafkaDatasets, tensor batches, opened for each pass", t => Opened(new ReopenedReader(t))),
        ["ftrl"] = ("KafkaDatasets, tensor batches learned by FTRL", async t => await FtrlLearner.OpenAsync(t)),
        ["perceptron"] = ("ML.NET's averaged perceptron, one pass over the `IDataView` in order", async t => await PerceptronLearner.OpenAsync(t, PerceptronOrder.Canonical)),
        ["perceptron-shuffled"] = ("ML.NET's averaged perceptron, which shuffles through `CanShuffle`", async t => await PerceptronLearner.OpenAsync(t, PerceptronOrder.Shuffled)),
        ["perceptron-pool"] = ("ML.NET's averaged perceptron behind `ShuffleRows`, a pool of 1,000 rows", async t => await PerceptronLearner.OpenAsync(t, PerceptronOrder.Pool)),
        ["view"] = ("KafkaDatasets, `IDataView` cursor over `Features` and `Label`", async t => await ViewReader.OpenAsync(t, FetchEngine.Direct)),
        ["tensors-consumer"] = ("KafkaDatasets, tensor batches, consumer engine", async t => await TensorReader.OpenAsync(t, FetchEngine.Consumer)),
        ["view-consumer"] = ("KafkaDatasets, `IDataView` cursor, consumer engine", async t => await ViewReader.OpenAsync(t, FetchEngine.Consumer)),
        ["socket"] = ("a bare socket that throws the bytes away", t => Opened(new SocketReader(t))),
        ["consume"] = ("Confluent.Kafka `Consume`, raw bytes", t => Opened(new ConsumerReader<byte[]>(t, null, t.Event is null ? value => BitConverter.ToSingle(value, 9) : null))),
        ["generic"] = ("Confluent.Kafka + `AvroDeserializer<GenericRecord>`", t => Opened(new ConsumerReader<GenericRecord>(t, r => new AvroDeserializer<GenericRecord>(r).AsSyncOverAsync(), r => (float)r.GetValue(1)))),
        ["generated"] = ("Confluent.Kafka + `AvroDeserializer` of the generated record", t => Opened(new ConsumerReader<SUSYRecord>(t, r => new AvroDeserializer<SUSYRecord>(r).AsSyncOverAsync(), r => r.lepton_1_pT))),
        ["avro-generic"] = ("Confluent.Kafka + `AvroDeserializer<GenericRecord>`", OpenPeer),
        ["avro-generated"] = ("Confluent.Kafka + `AvroDeserializer` of the generated record", OpenPeer),
        ["protobuf-generated"] = ("Confluent.Kafka + Google.Protobuf's generated parser", OpenPeer),
        ["json-deserializer"] = ("Confluent.Kafka + `JsonDeserializer`", OpenPeer),
        ["json-generated"] = ("Confluent.Kafka + System.Text.Json, generated code", OpenPeer),
        ["text"] = ("ML.NET `TextLoader`, CSV file", t => Opened(new FileViewReader(t, LocalFiles.LoadText))),
        ["binary"] = ("ML.NET `BinaryLoader`, file", t => Opened(new FileViewReader(t, LocalFiles.LoadBinary))),
        ["parquet"] = ("Parquet.Net into arrays [1000, 19], snappy file", t => Opened(new ParquetFileReader(t))),
        ["save"] = ("KafkaDatasets, `SaveToKafka`", t => Opened(new ViewWriter(t))),
        ["records"] = ("KafkaDatasets, `KafkaRecordWriter` of the generated record", t => Opened(new RecordWriter(t))),
        ["serializer"] = ("Confluent.Kafka + `AvroSerializer` of the generated record", t => Opened(new SerializingWriter(t))),
    };

    public static string Describe(string name) => All[name].Description;

    public static Task<IContender> OpenAsync(ContenderTask task) => All[task.Contender].OpenAsync(task);

    private static Task<IContender> OpenPeer(ContenderTask task) => Opened(EventShapes.Of(task.Event!).OpenPeer(task));

    private static Task<IContender> Opened(IContender contender) => Task.FromResult(contender);
}
