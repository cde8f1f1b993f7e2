using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Fetching;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Pipeline;

/// <summary>Shuffled and resumed passes over logs with transactions, compaction and deleted records: both engines give the same batches.</summary>
public sealed class PassOrderTests(FetchBrokers brokers, SharedKafka shared)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FetchBrokers.Current)]
    [InlineData(FetchBrokers.Old)]
    public async Task Both_engines_give_the_same_shuffled_batches_and_go_on_with_each_others_states(string broker)
    {
        GeneratedLogs logs = await brokers.LogsAsync(broker, shared);
        foreach (LogTopic topic in logs.Topics)
        {
            DatasetSnapshot snapshot = await topic.CutAsync([.. Enumerable.Range(0, 2 * topic.Partitions).Select(i => i % 2 * 1000)], DatasetSnapshot.DefaultStripeLength);
            (int, long)[] expected = [.. LogRow.Of(await topic.CommittedAsync(snapshot), snapshot).Select(r => (r.Partition, r.Offset))];
            foreach (Shuffle? shuffle in (Shuffle?[])[null, Shuffle.Seeded(42, 3)])
            {
                (Batch[] direct, Batch[] consumer) = (await ReadAsync(FetchEngine.Direct, null), await ReadAsync(FetchEngine.Consumer, null));
                Assert.Equal(expected.Order(), direct.SelectMany(b => b.Rows).Order());
                AssertSame(direct, consumer);
                int half = direct.Length / 2;
                AssertSame(direct[(half + 1)..], await ReadAsync(FetchEngine.Consumer, direct[half].State));
                AssertSame(direct[(half + 1)..], await ReadAsync(FetchEngine.Direct, consumer[half].State));

                async Task<Batch[]> ReadAsync(FetchEngine engine, string? state)
                {
                    var batches = new List<Batch>();
                    await using KafkaDataset dataset = await KafkaDataset.OpenAsync(topic.Name, topic.Options(engine, TopicRange.Snapshot(snapshot), engine == FetchEngine.Direct ? 64 << 20 : 2 << 20), Cancelled);
                    var options = new BatchOptions { BatchSize = 97, Shuffle = shuffle, ResumeFrom = state is null ? null : ReadState.Parse(state) };
                    await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, Cancelled))
                    {
                        using (batch)
                        {
                            var rows = new (int, long)[batch.Rows];
                            for (int row = 0; row < rows.Length; row++)
                            {
                                rows[row] = (batch.Partitions[row], batch.Offsets[row]);
                            }

                            batches.Add(new Batch(rows, batch.State.ToJson()));
                        }
                    }

                    return [.. batches];
                }
            }
        }
    }

    private static void AssertSame(Batch[] expected, Batch[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Rows, actual[i].Rows);
            Assert.Equal(expected[i].State, actual[i].State);
        }
    }

    private sealed record Batch((int Partition, long Offset)[] Rows, string State);
}
