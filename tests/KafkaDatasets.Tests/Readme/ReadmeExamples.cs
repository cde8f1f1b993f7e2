using System.Numerics.Tensors;
using Confluent.SchemaRegistry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

#pragma warning disable xUnit1051 // the examples are as a user would write them

namespace KafkaDatasets.Tests.Readme;

/// <summary>The C# of the README, run: what stands between the markers is in the README word for word.</summary>
public sealed class ReadmeExamples : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

    public void Dispose() => _kafka.Dispose();

    [Fact]
    public async Task A_topic_is_written_and_trained_from()
    {
        #region write
        using EmbeddedKafka kafka = EmbeddedKafka.Start();   // or your own cluster
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });

        await using (KafkaRecordWriter<Payment> writer = await KafkaRecordWriter<Payment>.OpenAsync("payments", new KafkaWriterOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = registry,
            Partitions = 6,
        }))
        {
            var random = new Random(1);
            for (int i = 0; i < 10_000; i++)
            {
                float amount = 1000 * random.NextSingle();
                int items = random.Next(1, 10);
                await writer.WriteAsync(new Payment(amount, items, IsFraud: amount / items > 150));
            }

            await writer.FlushAsync();
        }
        #endregion

        #region train
        var ml = new MLContext(seed: 1);
        IDataView payments = KafkaDataView.FromTopic(ml, "payments", new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = registry,
            Label = LabelColumn.Binary("IsFraud"),
        });

        var split = ml.Data.TrainTestSplit(payments, testFraction: 0.2);
        var model = ml.BinaryClassification.Trainers.FastTree().Fit(split.TrainSet);
        var metrics = ml.BinaryClassification.Evaluate(model.Transform(split.TestSet));
        Console.WriteLine($"AUC {metrics.AreaUnderRocCurve:F3}");
        #endregion

        Assert.InRange(metrics.AreaUnderRocCurve, 0.95, 1);
    }

    [Fact]
    public async Task Batches_are_tensors()
    {
        (KafkaDatasetOptions options, ISchemaRegistryClient registry) = await WritePaymentsAsync("payments", 2500);
        using ISchemaRegistryClient closing = registry;
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        long rows = 0;

        #region tensors
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("payments", options, cancellationToken);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, cancellationToken))
        {
            using (batch)   // gives its memory back to the pool
            {
                ReadOnlyTensorSpan<float> x = batch.Features;   // [Rows, FeatureCount]
                ReadOnlyTensorSpan<float> y = batch.Labels;     // [Rows]
                ReadOnlySpan<long> offsets = batch.Offsets;     // which record each row is, with batch.Partitions
                rows += x.Lengths[0];
            }
        }
        #endregion

        Assert.Equal(2500, rows);
        Assert.Equal(["Amount", "Items"], dataset.Features);
    }

    [Fact]
    public async Task A_snapshot_is_read_again()
    {
        (KafkaDatasetOptions options, ISchemaRegistryClient registry) = await WritePaymentsAsync("payments", 500);
        using ISchemaRegistryClient closing = registry;
        string bootstrapServers = options.BootstrapServers;
        string file = Path.GetTempFileName();

        #region snapshot
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("payments", options);
        await File.WriteAllTextAsync(file, dataset.Snapshot.ToJson());

        // later, elsewhere: exactly the same rows in the same order
        DatasetSnapshot snapshot = DatasetSnapshot.Parse(await File.ReadAllTextAsync(file));
        await using KafkaDataset again = await KafkaDataset.OpenAsync("payments", new KafkaDatasetOptions
        {
            BootstrapServers = bootstrapServers,
            SchemaRegistry = registry,
            Range = TopicRange.Snapshot(snapshot),
        });
        #endregion

        await WritePaymentsAsync("payments", 100);
        Assert.Equal(500, again.Snapshot.Length);
        Assert.Equal(500, await again.ReadBatchesAsync().Select(b => b.Rows).SumAsync());
        File.Delete(file);
    }

    [Fact]
    public void Options_of_a_cloud_cluster_are_valid()
    {
        (string endpoint, string key, string secret) = ("host:9092", "key", "secret");
        (string registryUrl, string registryKey, string registrySecret) = ("http://localhost:1", "key", "secret");

        #region cloud
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig
        {
            Url = registryUrl,
            BasicAuthUserInfo = $"{registryKey}:{registrySecret}",
        });
        var options = new KafkaDatasetOptions
        {
            BootstrapServers = endpoint,
            ClientConfig = new Dictionary<string, string>
            {
                ["security.protocol"] = "SASL_SSL",
                ["sasl.mechanism"] = "PLAIN",
                ["sasl.username"] = key,
                ["sasl.password"] = secret,
            },
            SchemaRegistry = registry,
            Range = TopicRange.Timestamps(DateTimeOffset.UtcNow.AddDays(-30)),   // the last 30 days
            Label = LabelColumn.Binary("IsFraud"),
            Features = ["Amount", "Items"],
            OnBadRecord = BadRecordPolicy.Skip,
            PrefetchBytes = 128 << 20,
            LoggerFactory = NullLoggerFactory.Instance,
            Progress = new Progress<ReadProgress>(p => Console.WriteLine($"{p.Fraction:P0}, {p.RowsPerSecond:N0} rows/s")),
        };
        #endregion

        options.Validate("payments");
    }

    [Fact]
    public async Task A_view_is_saved()
    {
        (KafkaDatasetOptions options, ISchemaRegistryClient registry) = await WritePaymentsAsync("payments", 500);
        using ISchemaRegistryClient closing = registry;
        var ml = new MLContext(seed: 1);
        IDataView payments = ml.Data.LoadFromKafka("payments", options);
        ITransformer model = ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(payments);

        #region save
        IDataView scored = ml.Transforms.SelectColumns("Score", "Probability").Fit(model.Transform(payments)).Transform(model.Transform(payments));
        ml.Data.SaveToKafka(scored, "payments.scored", new KafkaWriterOptions
        {
            BootstrapServers = options.BootstrapServers,
            SchemaRegistry = registry,
        });
        #endregion

        await using KafkaDataset written = await KafkaDataset.OpenAsync("payments.scored", new KafkaDatasetOptions
        {
            BootstrapServers = options.BootstrapServers,
            SchemaRegistry = registry,
        });
        Assert.Equal(500, await written.ReadBatchesAsync().Select(b => b.Rows).SumAsync());
        Assert.Contains("Probability", written.Features);
    }

    [Fact]
    public async Task A_view_is_saved_in_other_formats()
    {
        (KafkaDatasetOptions options, ISchemaRegistryClient registry) = await WritePaymentsAsync("payments", 100);
        using ISchemaRegistryClient closing = registry;
        string bootstrapServers = options.BootstrapServers;
        var ml = new MLContext(seed: 1);
        IDataView payments = ml.Transforms.SelectColumns("Amount", "Items", "IsFraud").Fit(ml.Data.LoadFromKafka("payments", options)).Transform(ml.Data.LoadFromKafka("payments", options));
        IDataView features = payments;

        #region formats
        ml.Data.SaveToKafka(payments, "payments.json", new KafkaWriterOptions
        {
            BootstrapServers = bootstrapServers,
            SchemaRegistry = registry,
            Format = WriteFormat.Json,   // with its JSON Schema in the registry: Confluent's deserializers read it
            SubjectNameStrategy = SubjectNameStrategy.TopicRecord,
            RecordName = "Payment",
        });
        ml.Data.SaveToKafka(features, "payments.csv", new KafkaWriterOptions
        {
            BootstrapServers = bootstrapServers,
            Format = WriteFormat.Csv,    // the features, and the label as the record's key: what TensorFlow's Kafka tutorial reads
            Key = "IsFraud",
        });
        #endregion

        #region read
        IDataView events = ml.Data.LoadFromKafka("payments.csv", new KafkaDatasetOptions
        {
            BootstrapServers = bootstrapServers,
            Format = RecordFormat.Csv(
                [new DatasetColumn("Amount", ColumnType.Single), new DatasetColumn("Items", ColumnType.Single)],
                key: new DatasetColumn("IsFraud", ColumnType.Boolean)),
            Label = LabelColumn.Binary("IsFraud"),
        });
        #endregion

        Assert.Equal([3f, 3f], events.GetColumn<float[]>("Features").ElementAt(3));
        Assert.Equal([true, false, true], events.GetColumn<bool>("Label").Take(3));

        Assert.Contains("payments.json-Payment", await registry.GetAllSubjectsAsync());
        Assert.Equal("{\"Amount\":3,\"Items\":3,\"IsFraud\":false}", System.Text.Encoding.UTF8.GetString(Writing.Witness.Values(_kafka, "payments.json").SelectMany(v => v).ElementAt(3).AsSpan(5)));
        Assert.Equal("3,3", System.Text.Encoding.UTF8.GetString(Writing.Witness.Values(_kafka, "payments.csv").SelectMany(v => v).ElementAt(3)));
    }

    private async Task<(KafkaDatasetOptions Options, ISchemaRegistryClient Registry)> WritePaymentsAsync(string topic, int rows)
    {
        var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = _kafka.SchemaRegistryUrl });
        await using KafkaRecordWriter<Payment> writer = await KafkaRecordWriter<Payment>.OpenAsync(topic, new KafkaWriterOptions
        {
            BootstrapServers = _kafka.BootstrapServers,
            SchemaRegistry = registry,
        });
        for (int i = 0; i < rows; i++)
        {
            await writer.WriteAsync(new Payment(i, i % 7, i % 2 == 0));
        }

        await writer.FlushAsync();
        return (new KafkaDatasetOptions { BootstrapServers = _kafka.BootstrapServers, SchemaRegistry = registry, Label = LabelColumn.Binary("IsFraud") }, registry);
    }

    #region record
    public sealed record Payment(float Amount, int Items, bool IsFraud);
    #endregion
}
