using KafkaDatasets.Diagnostics;
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
}
