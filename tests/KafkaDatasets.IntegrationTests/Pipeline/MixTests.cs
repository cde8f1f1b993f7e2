using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Pipeline;

/// <summary>Several topics as one dataset, from real logs with transactions, compaction and deleted records: both engines, states and shards.</summary>
public sealed class MixTests(FetchBrokers brokers, SharedKafka shared)
{
    private const int BatchSize = 97;
    private static readonly double[] Weights = [5, 1, 2];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, MixEnd.AllTopics)]
    [InlineData(42L, MixEnd.AllTopics)]
    [InlineData(42L, MixEnd.FirstTopic)]
    public async Task Both_engines_mix_real_topics_alike_and_go_on_with_each_others_states_and_shards(long? seed, MixEnd end)
    {
        GeneratedLogs logs = await brokers.LogsAsync(FetchBrokers.Current, shared);
        Shuffle? shuffle = seed is { } s ? Shuffle.Seeded(s, 3) : null;
        var snapshots = new List<DatasetSnapshot>();
        var committed = new List<(int, int, long)[]>();
        foreach (LogTopic topic in logs.Topics)
        {
            DatasetSnapshot snapshot = await topic.CutAsync([.. Enumerable.Range(0, 2 * topic.Partitions).Select(i => i % 2 * 1000)], DatasetSnapshot.DefaultStripeLength);
            Assert.True((await topic.CommittedAsync(snapshot)).Count < snapshot.Length, $"{topic} has no gap");
            committed.Add([.. LogRow.Of(await topic.CommittedAsync(snapshot), snapshot).Select(r => (snapshots.Count, r.Partition, r.Offset))]);
            snapshots.Add(snapshot);
        }

        Assert.Contains(snapshots[0].Partitions, p => p.Start > 0); // deleted records
        Batch[] direct = await ReadAsync(FetchEngine.Direct, Shard.Whole, null);
        Batch[] consumer = await ReadAsync(FetchEngine.Consumer, Shard.Whole, null);
        AssertSame(direct, consumer);
        (int Topic, int Partition, long Offset)[] rows = [.. direct.SelectMany(b => b.Rows)];
        Assert.Equal(rows.Length, rows.Distinct().Count());
        Assert.Empty(rows.Except(committed.SelectMany(c => c)));
        if (end == MixEnd.AllTopics)
        {
            Assert.Equal(committed.Sum(c => c.Length), rows.Length);
        }
        else
        {
            int[] taken = [.. Enumerable.Range(0, 3).Select(t => rows.Count(r => r.Topic == t))];
            Assert.Contains(taken.Zip(committed), t => t.First == t.Second.Length);
            Assert.All(taken.Zip(Weights), t => Assert.InRange(t.First - (rows.Length * t.Second / Weights.Sum()), -1, 1));
        }

        // Half with one reader, the rest with three, each of another engine, from the state of the other.
        int half = direct.Length / 2;
        AssertSame(direct[(half + 1)..], await ReadAsync(FetchEngine.Consumer, Shard.Whole, direct[half].State));
        Batch[][] ranks = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(rank => ReadAsync(rank == 1 ? FetchEngine.Consumer : FetchEngine.Direct, new Shard(rank, 3), consumer[half].State)))];
        for (int step = 0; step < direct.Length - half - 1; step++)
        {
            Batch whole = direct[half + 1 + step];
            Assert.Equal(whole.Rows, ranks.SelectMany(r => r[step].Rows));
            Assert.All(ranks, r => Assert.Equal(whole.State, r[step].State));
        }

        Assert.All(ranks, r => Assert.Equal(direct.Length - half - 1, r.Length));

        async Task<Batch[]> ReadAsync(FetchEngine engine, Shard shard, string? state)
        {
            var batches = new List<Batch>();
            await using KafkaDatasetMix mix = await KafkaDatasetMix.OpenAsync(
                [.. logs.Topics.Zip(snapshots, (topic, snapshot) => new KafkaTopicSource(topic.Name, topic.Options(engine, TopicRange.Snapshot(snapshot), engine == FetchEngine.Direct ? 64 << 20 : 2 << 20)))],
                new MixOptions { Weights = Weights, End = end },
                Cancelled);
            var options = new BatchOptions { BatchSize = BatchSize, Shuffle = shuffle, Shard = shard, ResumeFrom = state is null ? null : ReadState.Parse(state) };
            await foreach (TensorBatch batch in mix.ReadBatchesAsync(options, Cancelled))
            {
                using (batch)
                {
                    var read = new (int, int, long)[batch.Rows];
                    for (int row = 0; row < read.Length; row++)
                    {
                        read[row] = (batch.Topics[row], batch.Partitions[row], batch.Offsets[row]);
                    }

                    batches.Add(new Batch(read, batch.State.ToJson()));
                }
            }

            return [.. batches];
        }
    }

    private static void AssertSame(Batch[] expected, Batch[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), b => Assert.Equal(b.First.Rows, b.Second.Rows));
        Assert.All(expected.Zip(actual), b => Assert.Equal(b.First.State, b.Second.State));
    }

    private sealed record Batch((int Topic, int Partition, long Offset)[] Rows, string State);
}
