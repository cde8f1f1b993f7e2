using System.Text.Json;
using CsCheck;
using Xunit;

namespace KafkaDatasets.Tests.Ranges;

public sealed class DatasetSnapshotTests
{
    private static readonly Gen<DatasetSnapshot> Snapshots =
        from topic in Gen.String[Gen.Char.AlphaNumeric, 1, 12]
        from id in Gen.Select(Gen.Guid, Gen.Bool, (guid, known) => known ? guid : (Guid?)null)
        from lengths in Gen.Select(Gen.Int[0, 3], Gen.Long[0, 1L << 40], Gen.Long[0, 1L << 40]).Array[0, 8]
        from stripe in Gen.Int[1, int.MaxValue]
        select new DatasetSnapshot(topic, id, lengths.Select((l, i) => new PartitionRange((4 * i) + l.Item1, l.Item2, l.Item2 + l.Item3)), stripe);

    [Fact]
    public void Json_gives_back_every_part() => Snapshots.Sample(snapshot =>
    {
        DatasetSnapshot read = DatasetSnapshot.Parse(snapshot.ToJson());
        Assert.Equal(snapshot.Topic, read.Topic);
        Assert.Equal(snapshot.TopicId, read.TopicId);
        Assert.Equal(snapshot.Partitions, read.Partitions);
        Assert.Equal(snapshot.StripeLength, read.StripeLength);
        Assert.Equal(snapshot.Length, read.Length);
        Assert.Equal(Enumerable.Range(0, snapshot.Partitions.Count).Select(snapshot.IdBase), Enumerable.Range(0, read.Partitions.Count).Select(read.IdBase));
    });

    [Fact]
    public void Json_is_what_other_tools_can_read()
    {
        var id = Guid.Parse("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        JsonElement json = JsonDocument.Parse(new DatasetSnapshot("t", id, [new(3, 5, 9), new(0, 0, 1L << 40)], 64).ToJson()).RootElement;
        Assert.Equal("t", json.GetProperty("topic").GetString());
        Assert.Equal("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", json.GetProperty("topicId").GetString());
        Assert.Equal(64, json.GetProperty("stripeLength").GetInt32());
        Assert.Equal([(0, 0L, 1L << 40), (3, 5L, 9L)], json.GetProperty("partitions").EnumerateArray().Select(p => (p.GetProperty("partition").GetInt32(), p.GetProperty("start").GetInt64(), p.GetProperty("end").GetInt64())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"topic":"t"}""")]
    [InlineData("""{"topic":"t","partitions":null,"stripeLength":1}""")]
    [InlineData("""{"topic":"","partitions":[],"stripeLength":1}""")]
    [InlineData("""{"partitions":[],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[],"stripeLength":0}""")]
    [InlineData("""{"topic":"t","partitions":[],"stripeLength":1.5}""")]
    [InlineData("""{"topic":"t","partitions":[]}""")]
    [InlineData("""{"topic":"t","topicId":"none","partitions":[],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[null],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"start":0}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"end":9}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"start":0,"end":9}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"Start":3,"end":9}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":-1,"start":0,"end":9}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"start":-2,"end":9}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"start":9,"end":0}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"start":0,"end":9},{"partition":0,"start":9,"end":10}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"start":0,"end":9223372036854775807},{"partition":1,"start":0,"end":9223372036854775807}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[{"partition":0,"start":0,"end":9223372036854775808}],"stripeLength":1}""")]
    [InlineData("""{"topic":"t","partitions":[],"stripeLength":1} x""")]
    public void Json_that_is_no_snapshot_is_refused(string json) => Assert.Throws<FormatException>(() => DatasetSnapshot.Parse(json));

    [Fact]
    public void Json_cut_off_anywhere_is_refused()
    {
        string json = new DatasetSnapshot("t", Guid.NewGuid(), [new(0, 0, 10), new(1, 5, 9)]).ToJson();
        Assert.All(Enumerable.Range(0, json.Length), length => Assert.Throws<FormatException>(() => DatasetSnapshot.Parse(json[..length])));
    }

    [Fact]
    public void Partitions_are_sorted_and_counted()
    {
        var snapshot = new DatasetSnapshot("t", null, [new(7, 10, 13), new(2, 0, 0), new(1, 4, 9)]);
        Assert.Equal([1, 2, 7], snapshot.Partitions.Select(p => p.Partition));
        Assert.Equal(8, snapshot.Length);
        Assert.Equal([0L, 5, 5], [snapshot.IdBase(0), snapshot.IdBase(1), snapshot.IdBase(2)]);
    }

    [Fact]
    public void A_length_of_more_than_64_bits_is_an_argument_error() =>
        Assert.ThrowsAny<ArgumentException>(() => new DatasetSnapshot("t", null, [new(0, 0, long.MaxValue), new(1, 0, long.MaxValue)]));
}
