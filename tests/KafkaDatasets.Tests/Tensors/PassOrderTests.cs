using CsCheck;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>Shuffled, sharded and resumed passes over logs with gaps, tombstones and bad records.</summary>
public sealed class PassOrderTests
{
    private static readonly Gen<int[]> Lengths = Gen.OneOf(
        Gen.Int[0, 9000].Array[1],
        Gen.Frequency((1, Gen.Const(0)), (3, Gen.Int[1, 5000])).Array[5],
        Gen.Int[0, 40].Array[30]);

    private static readonly Gen<Shuffle?> Shuffles = Gen.OneOf(Gen.Const((Shuffle?)null), Gen.Select(Gen.Long, Gen.Int[0, 5], (seed, epoch) => (Shuffle?)Shuffle.Seeded(seed, epoch)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_row_comes_once_whatever_the_memory_and_in_another_order_where_shuffled() =>
        await Gen.Select(Lengths, Shuffles, Gen.Int[1, 3000], Gen.Int[0, 1000], Gen.Bool).SampleAsync(
            async (lengths, shuffle, batchSize, seed, hasBad) =>
            {
                FakePartition[] logs = Logs(seed, lengths, hasBad);
                var options = new BatchOptions { BatchSize = batchSize, Shuffle = shuffle };
                Batch[] batches = await ReadAsync(logs, options, Setting.First);
                (int, long)[] rows = [.. batches.SelectMany(b => b.Rows)];
                (int, long)[] canonical = Expected(logs);
                Assert.Equal(canonical.Order(), rows.Order());
                if (shuffle is null)
                {
                    Assert.Equal(canonical, rows);
                }
                else if (rows.Length > 50)
                {
                    Assert.NotEqual(canonical, rows);
                }

                Assert.All(batches.SkipLast(1), b => Assert.Equal(batchSize, b.Rows.Length));
                Assert.Equal(batches, await ReadAsync(logs, options, Setting.Second));
            },
            iter: 20,
            threads: 2);

    [Fact]
    public async Task The_shards_of_a_step_are_the_batch_of_that_step_for_any_world() =>
        await Gen.Select(Lengths, Shuffles, Gen.Int[1, 1500], Gen.Int[0, 1000], Gen.Bool).SampleAsync(
            async (lengths, shuffle, batchSize, seed, hasBad) =>
            {
                FakePartition[] logs = Logs(seed, lengths, hasBad);
                Batch[] whole = await ReadAsync(logs, new BatchOptions { BatchSize = batchSize, Shuffle = shuffle }, Setting.First);
                for (int world = 1; world <= 9; world++)
                {
                    AssertSteps(whole, await WorldAsync(logs, world, new BatchOptions { BatchSize = batchSize, Shuffle = shuffle }));
                }
            },
            iter: 6,
            threads: 2);

    [Fact]
    public async Task Dropped_or_padded_the_last_batch_is_as_long_as_the_others()
    {
        FakePartition[] logs = Logs(7, [1000, 37, 0, 500], hasBad: false);
        (int, long)[] expected = Expected(logs);
        foreach (Shuffle? shuffle in (Shuffle?[])[null, Shuffle.Seeded(3)])
        {
            Batch[] whole = await ReadAsync(logs, new BatchOptions { BatchSize = 100, Shuffle = shuffle }, Setting.First);
            Assert.NotEqual(100, whole[^1].Rows.Length);
            foreach (int world in (int[])[1, 3, 9])
            {
                Batch[][] dropped = await WorldAsync(logs, world, new BatchOptions { BatchSize = 100, Shuffle = shuffle, DropRemainder = true });
                AssertSteps(whole[..^1], dropped);
                Batch[][] padded = await WorldAsync(logs, world, new BatchOptions { BatchSize = 100, Shuffle = shuffle, PadRemainder = true });
                Assert.All(padded, rank => Assert.Equal(whole.Length, rank.Length));
                (int, long)[] last = [.. padded.SelectMany(rank => rank[^1].Rows)];
                Assert.Equal(Enumerable.Range(0, 100).Select(i => whole[^1].Rows[i % whole[^1].Rows.Length]), last);
                Assert.Equal(100 - whole[^1].Rows.Length, padded.Sum(rank => rank[^1].Padded));
                Assert.All(padded, rank => Assert.Equal(0, rank[..^1].Sum(b => b.Padded)));
            }
        }
    }

    [Fact]
    public async Task After_any_batch_the_same_batches_follow_in_another_process_with_another_world() =>
        await Gen.Select(Lengths, Shuffles, Gen.Int[1, 1500], Gen.Int[0, 1000], Gen.Double.Unit, Gen.Bool).SampleAsync(
            async (lengths, shuffle, batchSize, seed, fraction, hasBad) =>
            {
                FakePartition[] logs = Logs(seed, lengths, hasBad);
                var options = new BatchOptions { BatchSize = batchSize, Shuffle = shuffle };
                Batch[] whole = await ReadAsync(logs, options, Setting.First);
                if (whole.Length == 0)
                {
                    return;
                }

                int taken = (int)(fraction * whole.Length);
                ReadState state = ReadState.Parse(whole[taken].State);
                Assert.InRange(whole[taken].State.Length, 1, 1000);
                Assert.Equal(whole[(taken + 1)..], await ReadAsync(logs, new BatchOptions { BatchSize = batchSize, Shuffle = shuffle, ResumeFrom = state }, Setting.Second));
                Assert.Equal(whole[(taken + 1)..], await ReadAsync(logs, new BatchOptions { BatchSize = batchSize, ResumeFrom = state }, Setting.First));
                AssertSteps(whole[(taken + 1)..], await WorldAsync(logs, 3, new BatchOptions { BatchSize = batchSize, ResumeFrom = state }));
                Assert.Empty(await ReadAsync(logs, new BatchOptions { ResumeFrom = ReadState.Parse(whole[^1].State) }, Setting.First));
            },
            iter: 15,
            threads: 2);

    /// <summary>The rest of a pass may be bad records only; a whole pass may not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rest_of_bad_records_is_an_end(bool isShuffled)
    {
        Shuffle? shuffle = isShuffled ? Shuffle.Seeded(3) : null;
        FakePartition[] logs = [FakePartition.Of(0, [.. Enumerable.Range(0, 40).Select(i => new FakeRecord(i, PipelineRows.Encode(i)))]), FakePartition.Of(1, [.. Enumerable.Range(0, 9).Select(i => new FakeRecord(i, [1]))])];
        Batch[] whole = await ReadAsync(logs, new BatchOptions { BatchSize = 10, Shuffle = shuffle }, Setting.First);
        Assert.Equal(4, whole.Length);
        ReadState last = ReadState.Parse(whole[^1].State);
        foreach (Setting setting in (Setting[])[Setting.First, Setting.Second])
        {
            Assert.Empty(await ReadAsync(logs, new BatchOptions { BatchSize = 10, ResumeFrom = last }, setting));
            Assert.All(await WorldAsync(logs, 3, new BatchOptions { BatchSize = 10, ResumeFrom = last }), Assert.Empty);
            AssertSteps(whole, await WorldAsync(logs, 50, new BatchOptions { BatchSize = 10, Shuffle = shuffle })); // most ranks have no row
        }

        await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync([logs[1]], new BatchOptions { BatchSize = 10, Shuffle = shuffle }, Setting.First));
        await Assert.ThrowsAsync<RecordDecodingException>(() => WorldAsync([logs[1]], 2, new BatchOptions { BatchSize = 10, Shuffle = shuffle }));
    }

    [Fact]
    public async Task The_world_may_change_in_the_middle()
    {
        FakePartition[] logs = Logs(11, [3000, 0, 4000, 17], hasBad: true);
        foreach (Shuffle? shuffle in (Shuffle?[])[null, Shuffle.Seeded(5, 2)])
        {
            Batch[] whole = await ReadAsync(logs, new BatchOptions { BatchSize = 64, Shuffle = shuffle }, Setting.First);
            ReadState? state = null;
            int step = 0;
            foreach (int world in (int[])[1, 3, 2, 7])
            {
                Batch[][] ranks = await WorldAsync(logs, world, new BatchOptions { BatchSize = 64, Shuffle = shuffle, ResumeFrom = state });
                int steps = world == 7 ? whole.Length - step : 13;
                AssertSteps(whole[step..(step + steps)], [.. ranks.Select(r => r[..steps])]);
                step += steps;
                Assert.Single(ranks.Select(r => r[steps - 1].State).Distinct());
                state = ReadState.Parse(ranks[^1][steps - 1].State);
            }

            Assert.Equal(whole.Length, step);
        }
    }

    [Fact]
    public async Task A_state_of_something_else_is_refused()
    {
        FakePartition[] logs = Logs(1, [500], hasBad: false);
        Batch[] batches = await ReadAsync(logs, new BatchOptions { BatchSize = 100, Shuffle = Shuffle.Seeded(1) }, Setting.First);
        ReadState state = ReadState.Parse(batches[0].State);
        await using KafkaDataset same = await OpenAsync(logs, Setting.First);
        Assert.Contains("seed 1, epoch 0", Fault(same, new BatchOptions { ResumeFrom = state, Shuffle = Shuffle.Seeded(2) }));
        Assert.Contains("damaged", Fault(same, new BatchOptions { ResumeFrom = ReadState.Parse(batches[0].State.Replace("\"place\":", "\"place\":9999", StringComparison.Ordinal)) }));
        Assert.Contains("both set", Fault(same, new BatchOptions { DropRemainder = true, PadRemainder = true }));
        await using KafkaDataset other = await OpenAsync(Logs(2, [501], hasBad: false), Setting.First);
        Assert.Contains("another snapshot", Fault(other, new BatchOptions { ResumeFrom = state }));
        await using KafkaDataset split = await new FakeEngine(logs).OpenAsync(Options(Setting.First) with { Split = DatasetSplit.ByOffset(0, 0.7, seed: 1) });
        Assert.Contains("ResumeFrom is of every row, and the dataset has the split ByOffset(0, 0.7, seed: 1): set KafkaDatasetOptions.Split", Fault(split, new BatchOptions { ResumeFrom = state }));
        ReadState ofSplit = ReadState.Parse(await StateAsync(split));
        Assert.Equal("ByOffset(0, 0.7, seed: 1)", ofSplit.Split);
        Assert.Contains("ResumeFrom is of the split ByOffset(0, 0.7, seed: 1), and the dataset has every row", Fault(same, new BatchOptions { ResumeFrom = ofSplit }));
        await using KafkaDataset seed = await new FakeEngine(logs).OpenAsync(Options(Setting.First) with { Split = DatasetSplit.ByOffset(0, 0.7, seed: 2) });
        Assert.Contains("the dataset has the split ByOffset(0, 0.7, seed: 2)", Fault(seed, new BatchOptions { ResumeFrom = ofSplit }));
        Assert.Equal("SHA-256 ".Length + 64, ReadState.NameOf(DatasetSplit.ByField(new string('f', 500), 0, 1))!.Length);
        same.ReadBatchesAsync(new BatchOptions { ResumeFrom = ReadState.Parse($$"""{"version":1,"topic":"t","snapshot":"{{same.Snapshot.Fingerprint}}","place":100}""") }, TestContext.Current.CancellationToken); // written before states named their splits
        foreach (string text in (string[])["", "{}", "[]", "null", "3", """{"version":5,"topic":"t","snapshot":"x","place":1}""", """{"version":3,"topic":"t","snapshot":"x","seed":1,"epoch":0,"place":1}""", """{"version":2,"topic":"t","snapshot":"x","seed":1,"epoch":0,"place":1}""", """{"version":2,"topic":"","snapshot":"x","places":[1,2],"rows":[1]}""", """{"version":1,"topic":"t","snapshot":"x","seed":1,"epoch":0,"place":1}""", """{"version":1,"topic":null,"snapshot":"x","place":1}""", """{"version":1,"topic":"t","snapshot":"x","place":"a"}"""])
        {
            Assert.Throws<FormatException>(() => ReadState.Parse(text));
        }
    }

    private static async Task<string> StateAsync(KafkaDataset dataset)
    {
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 10 }, Token))
        {
            using (batch)
            {
                return batch.State.ToJson();
            }
        }

        throw new InvalidOperationException("no rows");
    }

    private static string Fault(KafkaDataset dataset, BatchOptions options) => Assert.Throws<InvalidOptionsException>(() => dataset.ReadBatchesAsync(options)).Message;

    private static FakePartition[] Logs(int seed, int[] lengths, bool hasBad)
    {
        var random = new Random(seed);
        FakePartition[] logs = PipelineRows.Logs(random, lengths, () => 1);
        FakeRecord? first = logs.SelectMany(l => l.Records).FirstOrDefault(r => r.Value is not null); // one stays, since a pass without any throws
        return hasBad
            ? [.. logs.Select(l => l with { Records = [.. l.Records.Select(r => random.Next(15) == 0 && r != first ? r with { Value = [1] } : r)] })]
            : logs;
    }

    /// <summary>The rows in canonical order.</summary>
    private static (int, long)[] Expected(FakePartition[] logs)
    {
        var snapshot = new DatasetSnapshot("t", null, logs.Select(l => new PartitionRange(l.Partition, l.Start, l.End)));
        return [.. PipelineRows.InOrder(logs, snapshot).Where(r => r.Value.Length > 1).Select(r => (r.Partition, r.Offset))];
    }

    private static void AssertSteps(Batch[] whole, Batch[][] ranks)
    {
        Assert.All(ranks, rank => Assert.Equal(whole.Length, rank.Length));
        for (int step = 0; step < whole.Length; step++)
        {
            Assert.Equal(whole[step].Rows, ranks.SelectMany(r => r[step].Rows));
            Assert.All(ranks, rank => Assert.Equal(whole[step].State, rank[step].State));
            Assert.InRange(ranks.Max(r => r[step].Rows.Length) - ranks.Min(r => r[step].Rows.Length), 0, 1);
        }
    }

    private static async Task<Batch[][]> WorldAsync(FakePartition[] logs, int world, BatchOptions options)
    {
        var ranks = new Batch[world][];
        for (int rank = 0; rank < world; rank++)
        {
            ranks[rank] = await ReadAsync(logs, With(options, new Shard(rank, world)), rank % 2 == 0 ? Setting.Second : Setting.First);
        }

        return ranks;
    }

    private static BatchOptions With(BatchOptions options, Shard shard) => new()
    {
        BatchSize = options.BatchSize,
        DropRemainder = options.DropRemainder,
        PadRemainder = options.PadRemainder,
        Shuffle = options.Shuffle,
        ResumeFrom = options.ResumeFrom,
        Shard = shard,
    };

    private static Task<KafkaDataset> OpenAsync(FakePartition[] logs, Setting setting) => new FakeEngine(logs, setting.Seed) { ChunkRecords = setting.ChunkRecords }.OpenAsync(Options(setting));

    private static KafkaDatasetOptions Options(Setting setting) => new()
    {
        BootstrapServers = "fake:1",
        Format = RecordFormat.Avro(PipelineRows.Schema),
        Label = LabelColumn.Binary("label"),
        OnBadRecord = BadRecordPolicy.Skip,
        PrefetchBytes = setting.PrefetchBytes,
        DecodeWorkers = setting.Workers,
    };

    private static async Task<Batch[]> ReadAsync(FakePartition[] logs, BatchOptions options, Setting setting)
    {
        var engine = new FakeEngine(logs, setting.Seed) { ChunkRecords = setting.ChunkRecords };
        var batches = new List<Batch>();
        await using (KafkaDataset dataset = await engine.OpenAsync(Options(setting)))
        {
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, Token))
            {
                using (batch)
                {
                    Assert.Equal(batch.Rows, batch.Labels.Lengths[0]);
                    Assert.Equal(batch.Rows, batch.Features.Lengths[0]);
                    var rows = new (int, long)[batch.Rows];
                    for (int row = 0; row < rows.Length; row++)
                    {
                        rows[row] = (batch.Partitions[row], batch.Offsets[row]);
                    }

                    batches.Add(new Batch(rows, batch.State.ToJson(), batch.PaddedRows));
                }
            }
        }

        engine.AssertAllReturned();
        return [.. batches];
    }

    private sealed record Setting(long PrefetchBytes, int Workers, int ChunkRecords, int Seed)
    {
        public static Setting First { get; } = new(64 << 20, 1, 500, 1);

        public static Setting Second { get; } = new(KafkaDatasetOptions.MinPrefetchBytes, 3, 37, 2);
    }

    private sealed record Batch((int Partition, long Offset)[] Rows, string State, int Padded)
    {
        public bool Equals(Batch? other) => other is not null && Rows.AsSpan().SequenceEqual(other.Rows) && State == other.State && Padded == other.Padded;

        public override int GetHashCode() => Rows.Length;
    }
}
