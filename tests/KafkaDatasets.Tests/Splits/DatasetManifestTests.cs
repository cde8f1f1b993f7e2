using System.Security.Cryptography;
using Confluent.SchemaRegistry;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Writing;
using Xunit;

namespace KafkaDatasets.Tests.Splits;

/// <summary>A manifest says what rows there are, opens them again, and finds what has changed.</summary>
public sealed class DatasetManifestTests(SplitTopics topics) : IClassFixture<SplitTopics>
{
    private static readonly Dictionary<string, DatasetSplit?> Splits = new()
    {
        ["all"] = null,
        ["train"] = DatasetSplit.ByField("User", 0.0, 0.7, seed: 1),
        ["test"] = DatasetSplit.ByField("User", 0.7, 1.0, seed: 1),
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_counts_opens_and_verifies_what_it_was_made_of()
    {
        KafkaDatasetOptions options = topics.Options(null);
        DatasetManifest manifest = await DatasetManifest.CreateAsync("avro", options, Splits, Cancelled);
        ManifestTopic topic = Assert.Single(manifest.Topics);
        Assert.Equal(["Id Int64", "User Text", "Number Int64", "Maybe Double", "Flag Boolean", "Items Single[]"], topic.Columns);
        Assert.Equal(SplitTopics.Count, topic.Splits[0].Rows);
        Assert.Equal(SplitTopics.Count, topic.Splits[1].Rows + topic.Splits[2].Rows);

        var parsed = DatasetManifest.Parse(manifest.ToJson());
        Assert.Equal(manifest.ToJson(), parsed.ToJson());
        await parsed.VerifyAsync(options, Cancelled);
        await parsed.VerifyAsync(options with { Engine = FetchEngine.Consumer, DecodeWorkers = 1, PrefetchBytes = KafkaDatasetOptions.MinPrefetchBytes }, Cancelled);

        foreach ((string name, DatasetSplit? split) in Splits)
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(parsed, name, options, Cancelled);
            var rows = new List<long>();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Cancelled))
            {
                using (batch)
                {
                    for (int i = 0; i < (int)batch.Features.Lengths[0]; i++)
                    {
                        rows.Add((long)batch.Features[[i, 0]]);
                    }
                }
            }

            Assert.Equal(await topics.RowsAsync("avro", split), rows);
        }
    }

    /// <summary>The same rows in two formats and numbers of partitions: values alone are digested, and only the ordered digest depends on the order.</summary>
    [Fact]
    public async Task Digests_depend_on_the_values_alone()
    {
        KafkaDatasetOptions options = topics.Options(null);
        ManifestSplit avro = (await DatasetManifest.CreateAsync("avro", options, Splits, Cancelled)).Topics[0].Splits[0];
        ManifestSplit json = (await DatasetManifest.CreateAsync("json", options, Splits, Cancelled)).Topics[0].Splits[0];
        Assert.Equal((avro.Rows, avro.Digest), (json.Rows, json.Digest));
    }

    /// <summary>What the documentation says of the digest, computed by hand for two rows of one column.</summary>
    [Fact]
    public async Task Digests_are_what_is_documented()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var writing = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None, Partitions = 1, Schema = """{"type":"record","name":"R","fields":[{"name":"X","type":"int"}]}""" };
        await using (KafkaRecordWriter<One> writer = await KafkaRecordWriter<One>.OpenAsync("two", writing, Cancelled))
        {
            await writer.WriteAsync(new One(5), Cancelled);
            await writer.WriteAsync(new One(5), Cancelled);
        }

        var options = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Avro(writing.Schema) };
        ManifestSplit all = (await DatasetManifest.CreateAsync("two", options, new Dictionary<string, DatasetSplit?> { ["all"] = null }, Cancelled)).Topics[0].Splits[0];
        byte[] row = SHA256.HashData([1, 5, 0, 0, 0, 0, 0, 0, 0]);
        var sum = new System.Numerics.BigInteger(row, isUnsigned: true, isBigEndian: true) * 2 % System.Numerics.BigInteger.Pow(2, 256);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. row, .. row])), all.OrderedDigest);
        Assert.Equal(sum, System.Numerics.BigInteger.Parse("0" + all.Digest, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_has_changed_is_found_and_named()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var splits = new Dictionary<string, DatasetSplit?> { ["all"] = null };
        DatasetManifest before = await ManifestAsync("before", [1, 2, 3, 3]);
        KafkaDatasetOptions options = Options();
        await before.VerifyAsync(options, Cancelled);
        foreach ((string topic, int[] values, string difference) in ((string, int[], string)[])
        [
            ("value", [1, 2, 3, 4], "topic 'value', split 'all' has other values"),
            ("order", [2, 1, 3, 3], "topic 'order', split 'all' has the same rows in another order"),
            ("twice", [1, 2, 2, 3], "has other values"),
        ])
        {
            DatasetManifest now = await ManifestAsync(topic, values);
            ManifestSplit old = before.Topics[0].Splits[0];
            var claimed = new DatasetManifest([new ManifestTopic(now.Topics[0].Snapshot, before.Topics[0].Columns, [old])]);
            ManifestMismatchException e = await Assert.ThrowsAsync<ManifestMismatchException>(() => claimed.VerifyAsync(options, Cancelled));
            Assert.Contains(difference, Assert.Single(e.Differences));
        }

        var fewer = new DatasetManifest([new ManifestTopic(before.Topics[0].Snapshot, before.Topics[0].Columns, [before.Topics[0].Splits[0] with { Rows = 5 }])]);
        Assert.Contains("has 4 rows, not 5", (await Assert.ThrowsAsync<ManifestMismatchException>(() => fewer.VerifyAsync(options, Cancelled))).Message);
        var others = new DatasetManifest([new ManifestTopic(before.Topics[0].Snapshot, ["Y Int32"], before.Topics[0].Splits)]);
        Assert.Contains("has the columns X Int32, not Y Int32", (await Assert.ThrowsAsync<ManifestMismatchException>(() => others.VerifyAsync(options, Cancelled))).Message);
        Assert.Contains("missing: Y Int32; new: X Int32", (await Assert.ThrowsAsync<SchemaException>(() => KafkaDataset.OpenAsync(others, "all", options, Cancelled))).Message);

        KafkaDatasetOptions Options() => new() { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Avro("""{"type":"record","name":"R","fields":[{"name":"X","type":"int"}]}""") };

        async Task<DatasetManifest> ManifestAsync(string topic, int[] values)
        {
            var writing = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None, Partitions = 1 };
            await using (KafkaRecordWriter<One> writer = await KafkaRecordWriter<One>.OpenAsync(topic, writing, Cancelled))
            {
                foreach (int value in values)
                {
                    await writer.WriteAsync(new One(value), Cancelled);
                }
            }

            return await DatasetManifest.CreateAsync(topic, Options(), splits, Cancelled);
        }
    }

    /// <summary>The records need not be readable by the newer schema, nor need the field of a split be there.</summary>
    [Theory]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"X","type":"int"},{"name":"Y","type":"int"}]}""", "X Int32, Y Int32, not X Int32")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"Y","type":"int","default":1}]}""", "Y Int32, not X Int32")]
    public async Task A_newer_schema_is_found_before_records_are_read(string newer, string difference)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        await using (KafkaRecordWriter<One> writer = await KafkaRecordWriter<One>.OpenAsync("newer", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, RecordName = "R" }, Cancelled))
        {
            await writer.WriteAsync(new One(5), Cancelled);
        }

        var options = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry };
        var splits = new Dictionary<string, DatasetSplit?> { ["train"] = DatasetSplit.ByField("X", 0, 0.5), ["test"] = DatasetSplit.ByField("X", 0.5, 1) };
        DatasetManifest manifest = await DatasetManifest.CreateAsync("newer", options, splits, Cancelled);
        await registry.UpdateCompatibilityAsync(Compatibility.None, "newer-value");
        await registry.RegisterSchemaAsync("newer-value", new Schema(newer, SchemaType.Avro));
        using ISchemaRegistryClient later = kafka.Registry(); // a client keeps the newest schema for a while
        ManifestMismatchException e = await Assert.ThrowsAsync<ManifestMismatchException>(() => manifest.VerifyAsync(options with { SchemaRegistry = later }, Cancelled));
        Assert.Equal($"topic 'newer' has the columns {difference}", Assert.Single(e.Differences));
    }

    [Fact]
    public async Task Verifying_opens_a_topic_once_for_each_split()
    {
        KafkaDatasetOptions options = topics.Options(null);
        DatasetManifest manifest = await DatasetManifest.CreateAsync("avro", options, Splits, Cancelled);
        Assert.Equal(Splits.Count, await OpenedAsync(manifest));
        Assert.Equal(1, await OpenedAsync(new DatasetManifest([new ManifestTopic(manifest.Topics[0].Snapshot, manifest.Topics[0].Columns, [])]))); // for the columns

        async Task<int> OpenedAsync(DatasetManifest verified)
        {
            var log = new RecordedLog();
            await verified.VerifyAsync(options with { LoggerFactory = log.ToFactory() }, Cancelled);
            return log.Lines.Count(line => line.StartsWith("Opened ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_cannot_be_opened_says_why()
    {
        KafkaDatasetOptions options = topics.Options(null);
        DatasetManifest manifest = await DatasetManifest.CreateAsync("avro", options, Splits, Cancelled);
        Assert.Contains("its splits are all, train, test", (await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync(manifest, "Train", options, Cancelled))).Message);
        Assert.Contains("Split is set", (await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync(manifest, "train", options with { Split = Splits["train"] }, Cancelled))).Message);
        Assert.Contains("Range is set", (await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync(manifest, "train", options with { Range = TopicRange.Partitions(0) }, Cancelled))).Message);
        var both = new DatasetManifest([manifest.Topics[0], new ManifestTopic(new DatasetSnapshot("other", null, [new PartitionRange(0, 0, 1)]), [], [])]);
        Assert.Contains("topics avro, other", (await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDataset.OpenAsync(both, "train", options, Cancelled))).Message);
        await (await KafkaDataset.OpenAsync(both.ForTopic("avro"), "train", options, Cancelled)).DisposeAsync();
        Assert.Throws<ArgumentException>(() => both.ForTopic("third"));
        Assert.Contains("split 'x' is from 1 to 0", (await Assert.ThrowsAsync<InvalidOptionsException>(() => DatasetManifest.CreateAsync("avro", options, new Dictionary<string, DatasetSplit?> { ["x"] = DatasetSplit.ByOffset(1, 0) }, Cancelled))).Message);
    }

    [Theory]
    [InlineData("{}", "it has no 'version'.")]
    [InlineData("null", "an object with 'version' is expected, not null.")]
    [InlineData("[]", "an object with 'version' is expected, not a value of the kind Array.")]
    [InlineData("{\"version\":1}", "it has no 'topics'.")]
    [InlineData("{\"version\":2,\"topics\":[]}", "version")]
    [InlineData("{\"version\":1,\"topics\":[]}", "")]
    [InlineData("{\"version\":1,\"topics\":[{}]}", "it has no '")]
    [InlineData("nonsense", "")]
    public void What_is_no_manifest_is_a_format_exception(string json, string why)
    {
        string message = Assert.Throws<FormatException>(() => DatasetManifest.Parse(json)).Message;
        Assert.StartsWith("The JSON is not a dataset manifest: ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_split_comes_back_from_JSON()
    {
        DatasetSplit?[] splits =
        [
            null, DatasetSplit.ByField("a.b", 0.1, 1.0 / 3, -5), DatasetSplit.ByRecordKey(0, 1, long.MaxValue), DatasetSplit.ByOffset(0.25, 0.5),
            DatasetSplit.ByTime(null, null), DatasetSplit.ByTime(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(7), DateTimeOffset.MaxValue, TimeSpan.FromTicks(9)),
        ];
        var manifest = new DatasetManifest([new ManifestTopic(new DatasetSnapshot("t", Guid.NewGuid(), [new PartitionRange(3, 5, 9)]), ["a Single"], splits.Select((s, i) => new ManifestSplit($"split {i}", s, i)))]);
        string json = manifest.ToJson();
        var parsed = DatasetManifest.Parse(json);
        Assert.Equal(json, parsed.ToJson());
        Assert.Equal(splits.Select(s => s?.ToString()), parsed.Topics[0].Splits.Select(s => s.Split?.ToString()));
        Assert.Contains("fingerprint", Assert.Throws<FormatException>(() => DatasetManifest.Parse(json.Replace("a Single", "a Double", StringComparison.Ordinal))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00fg")]
    public void A_digest_has_the_digits_of_one(string digest)
    {
        string Json(string changed) => new DatasetManifest([new ManifestTopic(new DatasetSnapshot("t", null, [new PartitionRange(0, 0, 1)]), [], [new ManifestSplit("all", null, 1, changed)])]).ToJson();
        Assert.Contains($"the digest '{digest}' of a split is not a SHA-256", Assert.Throws<FormatException>(() => DatasetManifest.Parse(Json(digest))).Message);
        string whole = new('a', 64);
        Assert.Equal(whole, DatasetManifest.Parse(Json(whole.ToUpperInvariant())).Topics[0].Splits[0].Digest);
    }

    private sealed record One(int X);
}
