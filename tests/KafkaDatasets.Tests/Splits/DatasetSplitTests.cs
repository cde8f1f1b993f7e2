using System.Text;
using Confluent.Kafka;
using CsCheck;
using KafkaDatasets.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Splits;

/// <summary>Splits divide the rows: none on two sides, none on no side, and the same ones whatever the format and the engine.</summary>
public sealed class DatasetSplitTests : IClassFixture<SplitTopics>
{
    private readonly SplitTopics _topics;

    public DatasetSplitTests(SplitTopics topics) => _topics = topics;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The vectors of the paper's appendix, for the key 00 01 … 0f.</summary>
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31UL)]
    [InlineData(1, 0x74f839c593dc67fdUL)]
    [InlineData(8, 0x93f5f5799a932462UL)]
    [InlineData(15, 0xa129ca6149be45e5UL)]
    public void The_hash_is_SipHash(int length, ulong expected)
        => Assert.Equal(expected, new KeyedHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Of([.. Enumerable.Range(0, length).Select(i => (byte)i)]));

    [Fact]
    public async Task Users_are_on_one_side_only_and_nobody_is_left_out()
    {
        HashSet<long> all = [.. await _topics.RowsAsync("avro", null)];
        Assert.Equal(SplitTopics.Count, all.Count);
        await Gen.Select(Gen.Double[0.05, 0.45], Gen.Double[0.5, 0.95], Gen.Long).SampleAsync(
            async cuts =>
            {
                (double first, double second, long seed) = cuts;
                long[][] parts = await Task.WhenAll(
                    _topics.RowsAsync("avro", DatasetSplit.ByField("User", 0, first, seed)),
                    _topics.RowsAsync("avro", DatasetSplit.ByField("User", first, second, seed)),
                    _topics.RowsAsync("avro", DatasetSplit.ByField("User", second, 1, seed)));
                Assert.Equal(all.Order(), parts.SelectMany(p => p).Order());
                HashSet<string>[] users = [.. parts.Select(p => p.Select(SplitTopics.User).Where(u => u.Length > 0).ToHashSet())];
                Assert.Empty(users[0].Intersect(users[1]).Concat(users[1].Intersect(users[2])).Concat(users[0].Intersect(users[2])));
            },
            iter: 8, threads: 1);
    }

    [Theory]
    [InlineData("User")]
    [InlineData("Number")]
    [InlineData("Maybe")]
    [InlineData("Flag")]
    public async Task Every_format_and_engine_gives_the_same_rows(string field)
    {
        var split = DatasetSplit.ByField(field, 0, 0.6, seed: 3);
        long[] rows = await _topics.RowsAsync("avro", split);
        if (field != "Flag") // two values are not to be divided by parts
        {
            Assert.InRange(rows.Length, SplitTopics.Count * 0.4, SplitTopics.Count * 0.8);
        }

        foreach (string topic in (string[])["json", "protobuf"])
        {
            Assert.Equal(rows.Order(), (await _topics.RowsAsync(topic, split)).Order());
        }

        Assert.Equal(rows, await _topics.RowsAsync("avro", split, FetchEngine.Consumer));
        Assert.Equal(rows, _topics.ViewRows("avro", split));
    }

    [Fact]
    public async Task Keys_divide_rows_as_they_are_and_offsets_divide_them_evenly()
    {
        long[][] keys = await Task.WhenAll(_topics.RowsAsync("avro", DatasetSplit.ByRecordKey(0, 0.5, seed: 7)), _topics.RowsAsync("avro", DatasetSplit.ByRecordKey(0.5, 1, seed: 7)));
        Assert.Equal(Enumerable.Range(0, SplitTopics.Count).Select(i => (long)i), keys.SelectMany(k => k).Order());
        Assert.Empty(keys[0].Select(SplitTopics.User).Where(u => u.Length > 0).Intersect(keys[1].Select(SplitTopics.User)));
        Assert.All(keys, side => Assert.Contains(side, row => SplitTopics.User(row).Length == 0)); // rows without a key are on both

        long[] tenth = await _topics.RowsAsync("avro", DatasetSplit.ByOffset(0.2, 0.3, seed: 1));
        Assert.InRange(tenth.Length, SplitTopics.Count * 0.08, SplitTopics.Count * 0.12);
        long[] other = await _topics.RowsAsync("avro", DatasetSplit.ByOffset(0.2, 0.3, seed: 2));
        Assert.InRange(tenth.Intersect(other).Count(), 0, SplitTopics.Count * 0.03);
    }

    [Fact]
    public async Task Time_divides_with_an_embargo()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("times", 1);
        using (IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build())
        {
            for (int i = 0; i < 100; i++)
            {
                producer.Produce("times", new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes($"{i}"), Timestamp = new Timestamp(1_000_000 + i, TimestampType.CreateTime) });
            }

            producer.Flush(Cancelled);
        }

        var cut = DateTimeOffset.FromUnixTimeMilliseconds(1_000_060);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (float)i), await Read(DatasetSplit.ByTime(null, cut)));
        Assert.Equal(Enumerable.Range(60, 40).Select(i => (float)i), await Read(DatasetSplit.ByTime(cut, null)));
        Assert.Equal(Enumerable.Range(70, 30).Select(i => (float)i), await Read(DatasetSplit.ByTime(cut, null, TimeSpan.FromMilliseconds(10))));
        Assert.Equal(Enumerable.Range(61, 9).Select(i => (float)i), await Read(DatasetSplit.ByTime(cut + TimeSpan.FromTicks(1), cut + TimeSpan.FromMilliseconds(10))));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (float)i), await Read(DatasetSplit.ByTime(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)));

        async Task<float[]> Read(DatasetSplit split)
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync("times", new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Csv((DatasetColumn[])[new DatasetColumn("X", ColumnType.Single)]), Split = split }, Cancelled);
            var rows = new List<float>();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: Cancelled))
            {
                using (batch)
                {
                    for (int i = 0; i < (int)batch.Features.Lengths[0]; i++)
                    {
                        rows.Add(batch.Features[[i, 0]]);
                    }
                }
            }

            return [.. rows];
        }
    }

    /// <summary>A split only leaves rows out: shuffled, shared among ranks and resumed it gives each of its rows once.</summary>
    [Fact]
    public async Task A_split_is_shuffled_shared_and_resumed_like_the_whole()
    {
        var split = DatasetSplit.ByField("User", 0.2, 0.7, seed: 5);
        long[] rows = [.. (await _topics.RowsAsync("avro", split)).Order()];
        foreach (Shuffle? shuffle in (Shuffle?[])[null, Shuffle.Seeded(3, 1)])
        {
            var whole = new BatchOptions { BatchSize = 120, Shuffle = shuffle };
            (long Id, ReadState State)[][] batches = await BatchesAsync(whole);
            Assert.Equal(rows, batches.SelectMany(b => b).Select(r => r.Id).Order());
            if (shuffle is not null)
            {
                Assert.NotEqual(rows, batches.SelectMany(b => b).Select(r => r.Id));
            }

            (long Id, ReadState State)[][] rest = await BatchesAsync(whole with { ResumeFrom = ReadState.Parse(batches[2][0].State.ToJson()) });
            Assert.Equal(batches.Skip(3).SelectMany(b => b).Select(r => r.Id), rest.SelectMany(b => b).Select(r => r.Id));

            (long Id, ReadState State)[][][] ranks = await Task.WhenAll(Enumerable.Range(0, 3).Select(rank => BatchesAsync(whole with { Shard = new Shard(rank, 3), DropRemainder = true })));
            for (int k = 0; k < ranks[0].Length; k++)
            {
                Assert.Equal(batches[k].Select(r => r.Id).Order(), ranks.SelectMany(r => r[k]).Select(r => r.Id).Order());
            }
        }

        async Task<(long, ReadState)[][]> BatchesAsync(BatchOptions options)
        {
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync("avro", _topics.Options(split), Cancelled);
            var batches = new List<(long, ReadState)[]>();
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, Cancelled))
            {
                using (batch)
                {
                    batches.Add([.. Enumerable.Range(0, (int)batch.Features.Lengths[0]).Select(i => ((long)batch.Features[[i, 0]], batch.State))]);
                }
            }

            return [.. batches];
        }
    }

    [Fact]
    public async Task What_cannot_divide_is_a_fault()
    {
        Assert.Contains("Split is from 0.7 to 0.3", await Fault(DatasetSplit.ByField("User", 0.7, 0.3)));
        Assert.Contains("Split is from 0 to 1.1", await Fault(DatasetSplit.ByRecordKey(0, 1.1)));
        Assert.Contains("Split is from NaN to 1", await Fault(DatasetSplit.ByOffset(double.NaN, 1)));
        Assert.Contains("embargo of -00:00:01", await Fault(DatasetSplit.ByTime(DateTimeOffset.UnixEpoch, null, TimeSpan.FromSeconds(-1))));
        Assert.Contains("no start", await Fault(DatasetSplit.ByTime(null, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1))));
        Assert.Contains("nothing is left", await Fault(DatasetSplit.ByTime(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch)));
        Assert.Contains("Split: record", await Fault(DatasetSplit.ByField("Nobody", 0, 1)));
        Assert.Contains("Split: 'Items' is a vector", await Fault(DatasetSplit.ByField("Items", 0, 1)));

        async Task<string> Fault(DatasetSplit split) => (await Assert.ThrowsAsync<InvalidOptionsException>(() => _topics.RowsAsync("avro", split))).Message;
    }
}
