using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring.Streams;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Diagnostics;

public sealed class SimilarNamesTests
{
    [Theory]
    [InlineData("amount", "Amount")] // case
    [InlineData("ammount", "Amount")] // a letter too many
    [InlineData("Amuont", "Amount")] // two letters swapped
    [InlineData("Item", "Items")]
    [InlineData("user.id", "user.uid")]
    [InlineData("id", null)] // too short to tell
    [InlineData("Price", null)]
    [InlineData("Amount", null)] // it is there
    [InlineData("", null)]
    public void The_nearest_name_is_found(string name, string? expected) =>
        Assert.Equal(expected, SimilarNames.Find(name, ["Items", "Amount", "user.uid", "IsFraud", "x"]));

    [Fact]
    public void The_nearer_of_two_is_taken() => Assert.Equal("orders.v2", SimilarNames.Find("Orders.v2", ["orders.v1", "orders.v2", "orders.v22"]));

    [Theory]
    [InlineData(FetchEngine.Direct)]
    public async Task A_missing_topic_gets_the_name_that_was_probably_meant(FetchEngine engine)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("Payments", 1);
        KafkaDatasetOptions options = new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Csv(["x"]), Engine = engine };
        TopicNotFoundException e = await Assert.ThrowsAsync<TopicNotFoundException>(() => KafkaDataset.OpenAsync("payment", options, TestContext.Current.CancellationToken));
        Assert.EndsWith("Did you mean 'Payments'?", e.Message);
        Assert.Equal("payment", e.Topic);
        Assert.DoesNotContain("Did you mean", (await Assert.ThrowsAsync<TopicNotFoundException>(() => KafkaDataset.OpenAsync("clicks", options, TestContext.Current.CancellationToken))).Message);
    }

    [Fact]
    public async Task A_missing_column_gets_the_name_that_was_probably_meant()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("t", 1);
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync(
            "t",
            new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Csv(["Amount", "Items"]), Features = ["amount", "Itmes"] },
            TestContext.Current.CancellationToken));
        Assert.Contains(e.Faults, f => f.Contains("'amount', did you mean 'Amount'?", StringComparison.Ordinal));
        Assert.Contains(e.Faults, f => f.Contains("'Itmes', did you mean 'Items'?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task So_does_a_tensor_a_member_of_a_class_a_field_of_a_schema_and_the_key_of_a_monitor()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var ml = new MLContext(1);
        var writing = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None };
        var reading = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Json([new("Amount", ColumnType.Single)]) };
        ml.Data.SaveToKafka(ml.Data.LoadFromEnumerable([new Payment { Amount = 1 }]), "t", writing with { Format = WriteFormat.Json }, cancellationToken: TestContext.Current.CancellationToken);
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("t", reading, TestContext.Current.CancellationToken);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = ["Amount"] }, TestContext.Current.CancellationToken))
        {
            Assert.EndsWith("Did you mean 'Amount'?", Assert.Throws<KeyNotFoundException>(() => batch["amount"].Rank).Message, StringComparison.Ordinal);
            batch.Dispose();
        }

        Assert.Contains("no field 'amount', did you mean 'Amount'?", Assert.Throws<SchemaException>(() => ml.Data.LoadFromKafka<Lower>("t", reading)).Message, StringComparison.Ordinal);

        KafkaWriterOptions lower = writing with { Schema = """{"type":"record","name":"P","fields":[{"name":"amount","type":"float"},{"name":"other","type":"float"}]}""" };
        SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<Payment>.OpenAsync("u", lower, TestContext.Current.CancellationToken));
        Assert.Contains("the fields amount (did you mean 'Amount'?), other of P", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<SchemaException>(() => ml.Data.SaveToKafka(ml.Data.LoadFromEnumerable([new Payment()]), "u", lower, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("the fields amount (did you mean 'Amount'?), other of P", e.Message, StringComparison.Ordinal);

        var faults = new List<string>();
        var monitor = new MonitorOptions { ScoresTopic = "t", LabelsTopic = "t", Scores = reading, Labels = reading, JoinBy = LabelJoinKey.Column("amount") };
        ScoreReader.ColumnsOf(dataset.Schema, monitor, faults);
        LabelReader.ColumnsOf(dataset.Schema, dataset.Roles, monitor, faults);
        Assert.Equal(2, faults.Count(f => f.EndsWith("did you mean 'Amount'?", StringComparison.Ordinal)));
    }

    private sealed class Payment
    {
        public float Amount { get; set; }
    }

    private sealed class Lower
    {
#pragma warning disable IDE1006 // a name as in the topic, but for its case
        public float amount { get; set; }
#pragma warning restore IDE1006
    }
}
