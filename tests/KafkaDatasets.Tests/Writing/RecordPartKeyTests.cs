using Confluent.SchemaRegistry;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>The key of a record that was read can be the key of the record that is written.</summary>
public sealed class RecordPartKeyTests
{
    [Theory]
    [InlineData(WriteFormat.Avro)]
    [InlineData(WriteFormat.Json)]
    [InlineData(WriteFormat.Csv)]
    public async Task Scores_are_written_under_the_keys_of_their_records(WriteFormat format)
    {
        using var kafka = EmbeddedKafka.Start();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = kafka.SchemaRegistryUrl });
        await using (KafkaRecordWriter<Visit> writer = await KafkaRecordWriter<Visit>.OpenAsync("visits", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Key = "Customer" }, TestContext.Current.CancellationToken))
        {
            for (int i = 0; i < 300; i++)
            {
                await writer.WriteAsync(new Visit($"c{i}", i), TestContext.Current.CancellationToken);
            }
        }

        var ml = new MLContext(seed: 1);
        var read = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, RecordColumns = [RecordColumn.Key("From")] };
        IDataView visits = ml.Data.LoadFromKafka("visits", read);
        IDataView scores = ml.Transforms.SelectColumns("From", "Pages").Fit(visits).Transform(visits);

        ml.Data.SaveToKafka(scores, "scores", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Format = format, Key = "From" }, TestContext.Current.CancellationToken);

        IDataView written = ml.Data.LoadFromKafka("scores", read with { Format = format == WriteFormat.Csv ? RecordFormat.Csv(["Pages"]) : RecordFormat.Registry, RecordColumns = [RecordColumn.Key("Key")] });
        var rows = written.GetColumn<string>("Key").Zip(written.GetColumn<float>("Pages")).ToDictionary(r => r.First, r => r.Second);
        Assert.Equal(300, rows.Count);
        Assert.All(rows, row => Assert.Equal($"c{row.Value}", row.Key));
    }

    public sealed record Visit(string Customer, float Pages);
}
