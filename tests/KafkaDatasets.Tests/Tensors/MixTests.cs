using CsCheck;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>Several topics as one dataset: proportions, and order, resuming and shards as with one topic, over logs with gaps, tombstones and bad records.</summary>
public sealed class MixTests
{
    private static readonly Gen<int[]> Lengths = Gen.OneOf(
        Gen.Int[0, 4000].Array[1],
        Gen.Frequency((1, Gen.Const(0)), (3, Gen.Int[1, 1500])).Array[3],
        Gen.Int[0, 40].Array[10]);

    private static readonly Gen<double> Weights = Gen.OneOf(Gen.Const(1.0), Gen.Double[0.01, 100]);

    private static readonly Gen<Setup> Setups =
        from topics in Gen.Select(Lengths, Weights).Array[1, 4]
        from isWeighted in Gen.Bool
        from end in Gen.Enum<MixEnd>()
        from shuffle in Gen.OneOf(Gen.Const((Shuffle?)null), Gen.Select(Gen.Long, Gen.Int[0, 5], (seed, epoch) => (Shuffle?)Shuffle.Seeded(seed, epoch)))
        from batchSize in Gen.Int[1, 1500]
        from seed in Gen.Int[0, 1000]
        from hasBad in Gen.Bool
        select new Setup([.. topics.Select((t, i) => Logs(seed + i, t.Item1, hasBad))], isWeighted ? [.. topics.Select(t => t.Item2)] : null, end, shuffle, batchSize);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_topic_keeps_its_order_and_every_row_comes_once() => await Setups.SampleAsync(
        async setup =>
        {
            Batch[] batches = await ReadAsync(setup, setup.Options, First);
            Row[] rows = [.. batches.SelectMany(b => b.Rows)];
            for (int topic = 0; topic < setup.Topics.Length; topic++)
            {
                (int, long)[] alone = await AloneAsync(setup.Topics[topic], setup.Options);
                (int, long)[] mixed = [.. rows.Where(r => r.Topic == topic).Select(r => (r.Partition, r.Offset))];
                Assert.Equal(setup.End == MixEnd.AllTopics ? alone : alone[..mixed.Length], mixed);
            }

            Assert.All(batches.SkipLast(1), b => Assert.Equal(setup.BatchSize, b.Rows.Length));
            Assert.Equal(batches, await ReadAsync(setup, setup.Options, Second));
        },
        iter: 12,
        threads: 2);

    [Fact]
    public async Task While_all_topics_have_rows_each_has_its_share_to_within_a_row() => await Setups.SampleAsync(
        async setup =>
        {
            await using KafkaDatasetMix mix = await OpenAsync(setup, First);
            double sum = mix.Weights.Sum();
            int[] alone = [.. await Task.WhenAll(setup.Topics.Select(async t => (await AloneAsync(t, setup.Options)).Length))];
            Row[] rows = [.. (await ReadAsync(mix, setup.Options)).SelectMany(b => b.Rows)];
            int[] taken = new int[setup.Topics.Length];
            for (int n = 0; n < rows.Length; n++)
            {
                taken[rows[n].Topic]++;
                for (int topic = 0; topic < taken.Length; topic++)
                {
                    Assert.InRange(taken[topic] - ((n + 1) * mix.Weights[topic] / sum), -1 - 1e-6, 1 + 1e-6);
                }

                if (taken.Zip(alone).Any(t => t.First == t.Second))
                {
                    break;
                }
            }

            if (setup.End == MixEnd.FirstTopic && rows.Length < alone.Sum())
            {
                Assert.Contains(taken.Zip(alone), t => t.First == t.Second);
            }
        },
        iter: 12,
        threads: 2);

    [Fact]
    public async Task After_any_batch_the_same_batches_follow_in_any_world() => await Gen.Select(Setups, Gen.Double.Unit).SampleAsync(
        async (setup, fraction) =>
        {
            Batch[] whole = await ReadAsync(setup, setup.Options, First);
            if (whole.Length == 0)
            {
                return;
            }

            int taken = (int)(fraction * whole.Length);
            Assert.InRange(whole[taken].State.Length, 1, 1000);
            ReadState state = ReadState.Parse(whole[taken].State);
            Assert.Equal(whole[(taken + 1)..], await ReadAsync(setup, setup.Options with { ResumeFrom = state }, Second));
            Batch[] rest = whole[(taken + 1)..];
            for (int world = 1; world <= 9; world += 4)
            {
                var ranks = new Batch[world][];
                for (int rank = 0; rank < world; rank++)
                {
                    ranks[rank] = await ReadAsync(setup, setup.Options with { Shuffle = null, ResumeFrom = state, Shard = new Shard(rank, world) }, rank % 2 == 0 ? First : Second);
                }

                Assert.All(ranks, rank => Assert.Equal(rest.Length, rank.Length));
                for (int step = 0; step < rest.Length; step++)
                {
                    Assert.Equal(rest[step].Rows, ranks.SelectMany(r => r[step].Rows));
                    Assert.All(ranks, rank => Assert.Equal(rest[step].State, rank[step].State));
                }
            }
        },
        iter: 6,
        threads: 2);

    [Fact]
    public async Task A_state_of_sixteen_topics_is_smaller_than_a_kilobyte()
    {
        var state = new ReadState("", new string('F', 32), Shuffle.Seeded(long.MinValue, long.MinValue), null, [.. Enumerable.Repeat(long.MaxValue, 16)], [.. Enumerable.Repeat(long.MaxValue, 16)]);
        Assert.InRange(state.ToJson().Length, 1, 1000);
        Assert.Equal(state.ToJson(), ReadState.Parse(state.ToJson()).ToJson());
        Setup setup = new([.. Enumerable.Range(0, 16).Select(i => Logs(i, [30], false))], null, MixEnd.AllTopics, null, 7);
        Assert.Equal(await CountAsync(setup), (await ReadAsync(setup, setup.Options, First)).Sum(b => b.Rows.Length));

        static async Task<int> CountAsync(Setup setup) => (await Task.WhenAll(setup.Topics.Select(t => AloneAsync(t, setup.Options)))).Sum(t => t.Length);
    }

    [Fact]
    public async Task Rows_of_a_view_have_ids_of_their_own_and_are_those_of_the_batches()
    {
        Setup setup = new([Logs(1, [300, 0, 20], true), Logs(2, [700], false)], [1, 3], MixEnd.AllTopics, null, 50);
        await using KafkaDatasetMix mix = await OpenAsync(setup, First);
        var ml = new MLContext(1);
        IDataView view = mix.ToDataView(ml);
        Assert.Equal(["Label", "Features", "id", "x", "label", "text", "Partition", "Offset", "Timestamp"], view.Schema.Select(c => c.Name));
        Row[] expected = [.. (await ReadAsync(mix, setup.Options)).SelectMany(b => b.Rows)];
        var ids = new HashSet<ulong>();
        foreach (Random? random in (Random?[])[null, new Random(3)])
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, random);
            var partition = cursor.GetGetter<int>(view.Schema["Partition"]);
            var offset = cursor.GetGetter<long>(view.Schema["Offset"]);
            var x = cursor.GetGetter<float>(view.Schema["x"]);
            var id = cursor.GetIdGetter();
            var rows = new List<(int, long, float)>();
            while (cursor.MoveNext())
            {
                (int p, long o, float value, DataViewRowId rowId) = (0, 0, 0, default);
                partition(ref p);
                offset(ref o);
                x(ref value);
                id(ref rowId);
                rows.Add((p, o, value));
                Assert.Equal(random is null, ids.Add(rowId.Low));
            }

            (int, long, float)[] all = [.. expected.Select(r => (r.Partition, r.Offset, r.X))];
            if (random is null)
            {
                Assert.Equal(all, rows);
            }
            else
            {
                Assert.NotEqual(all, rows);
                Assert.Equal(all.Order(), rows.Order());
            }
        }

        Assert.InRange(ml.BinaryClassification.Trainers.SdcaLogisticRegression(maximumNumberOfIterations: 1).Fit(view).Model.SubModel.Weights.Count, 2, 2);
    }

    [Theory]
    [InlineData(MixEnd.FirstTopic, null)]
    [InlineData(MixEnd.AllTopics, null)]
    [InlineData(MixEnd.FirstTopic, new[] { 7.0, 1.0, 3.0 })]
    public async Task An_empty_topic_takes_no_part(MixEnd end, double[]? weights)
    {
        FakePartition[][] full = [Logs(1, [3500, 3500], false), Logs(2, [1000], false)];
        Row[] without = await RowsAsync(new([.. full], weights?[..2], end, null, 64));
        Row[] with = await RowsAsync(new([.. full, Logs(3, [0], false)], weights, end, null, 64));
        Assert.InRange(without.Length, end == MixEnd.AllTopics ? 1 : 4000, 8000);
        Assert.Equal(without, with);
        Assert.Empty(await RowsAsync(new([Logs(1, [0], false), Logs(2, [0], false)], null, end, null, 64)));

        static async Task<Row[]> RowsAsync(Setup setup)
        {
            Batch[] batches = await ReadAsync(setup, setup.Options, First);
            if (batches.Length > 10)
            {
                ReadState state = ReadState.Parse(batches[9].State);
                Assert.Equal(batches[10..], await ReadAsync(setup, setup.Options with { ResumeFrom = state }, Second));
                Assert.Equal(batches[10..].Select(b => b.State), (await ReadAsync(setup, setup.Options with { ResumeFrom = state, Shard = new Shard(1, 2) }, Second)).Select(b => b.State));
            }

            return [.. batches.SelectMany(b => b.Rows)];
        }
    }

    [Fact]
    public async Task What_cannot_be_mixed_or_resumed_is_named()
    {
        FakePartition[] logs = Logs(1, [100], false);
        Task<KafkaDataset> Open(Func<KafkaDatasetOptions, KafkaDatasetOptions>? change = null, string topic = "t") =>
            new FakeEngine(logs) { Topic = topic }.OpenAsync(change is null ? First : change(First));

        await using KafkaDataset one = await Open();
        await using KafkaDataset features = await Open(o => o with { Features = ["x"] }, "u");
        await using KafkaDataset unlabelled = await Open(o => o with { Label = null, Features = ["id", "x"] }, "v");
        Assert.Equal("Topic 'u' cannot be mixed with topic 't': it has the features x, not id, x: name them in KafkaDatasetOptions.Features.", Assert.Throws<SchemaException>(() => KafkaDatasetMix.Of([one, features], new MixOptions())).Message);
        Assert.Contains("has no label, not a label of kind Binary", Assert.Throws<SchemaException>(() => KafkaDatasetMix.Of([one, unlabelled], new MixOptions())).Message);
        string faults = Assert.Throws<InvalidOptionsException>(() => KafkaDatasetMix.Of([one], new MixOptions { Weights = [1, -2, double.NaN], End = (MixEnd)7 })).Message;
        Assert.Contains("3 numbers for 1 topics", faults);
        Assert.Contains("has -2:", faults);
        Assert.Contains("has NaN:", faults);
        Assert.Contains("End is 7", faults);
        await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDatasetMix.OpenAsync([], null, Token));
        InvalidOptionsException invalid = await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDatasetMix.OpenAsync([new KafkaTopicSource("u", new KafkaDatasetOptions { BootstrapServers = "" })], null, Token));
        Assert.StartsWith("KafkaDatasetMix is not valid: topic 'u': BootstrapServers", invalid.Message);
        Assert.Equal("u", invalid.Topic);
        Assert.Contains("a topic is null", (await Assert.ThrowsAsync<InvalidOptionsException>(() => KafkaDatasetMix.OpenAsync([null!], null, Token))).Message);

        KafkaDatasetMix mix = KafkaDatasetMix.Of([one, await Open()], new MixOptions { Weights = [1, 2] });
        KafkaDatasetMix other = KafkaDatasetMix.Of([one, await Open()], new MixOptions { Weights = [1, 3] });
        KafkaDatasetMix split = KafkaDatasetMix.Of([one, await Open(o => o with { Split = DatasetSplit.ByOffset(0, 0.5) })], new MixOptions { Weights = [1, 2] });
        ReadState state = ReadState.Parse((await ReadAsync(mix, new BatchOptions { BatchSize = 10 }))[0].State);
        foreach (KafkaDatasetMix wrong in (KafkaDatasetMix[])[other, split])
        {
            Assert.Contains("is not of this KafkaDatasetMix", Assert.Throws<InvalidOptionsException>(() => wrong.ReadBatchesAsync(new BatchOptions { ResumeFrom = state }, TestContext.Current.CancellationToken)).Message);
        }

        Assert.Contains("is of several topics", Assert.Throws<InvalidOptionsException>(() => one.ReadBatchesAsync(new BatchOptions { ResumeFrom = state }, TestContext.Current.CancellationToken)).Message);
        Assert.Contains("canonical order", Assert.Throws<InvalidOptionsException>(() => mix.ReadBatchesAsync(new BatchOptions { ResumeFrom = state, Shuffle = Shuffle.Seeded(1) }, TestContext.Current.CancellationToken)).Message);
    }

    private static FakePartition[] Logs(int seed, int[] lengths, bool hasBad)
    {
        var random = new Random(seed);
        FakePartition[] logs = PipelineRows.Logs(random, lengths, () => 1);
        return hasBad
            ? [.. logs.Select(l => l with { Records = [.. l.Records.Select(r => random.Next(15) == 0 ? r with { Value = [1] } : r)] })]
            : logs;
    }

    private static KafkaDatasetOptions First => Options(64 << 20, 1);

    private static KafkaDatasetOptions Second => Options(KafkaDatasetOptions.MinPrefetchBytes, 3);

    private static KafkaDatasetOptions Options(long prefetchBytes, int workers) => new()
    {
        BootstrapServers = "fake:1",
        Format = RecordFormat.Avro(PipelineRows.Schema),
        Label = LabelColumn.Binary("label"),
        OnBadRecord = BadRecordPolicy.Skip,
        PrefetchBytes = prefetchBytes,
        DecodeWorkers = workers,
    };

    /// <summary>The rows of one topic without the others.</summary>
    private static async Task<(int, long)[]> AloneAsync(FakePartition[] logs, BatchOptions options)
    {
        var rows = new List<(int, long)>();
        await using KafkaDataset dataset = await new FakeEngine(logs).OpenAsync(First);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, Token))
        {
            using (batch)
            {
                Assert.Equal(new int[batch.Rows], batch.Topics);
                for (int row = 0; row < batch.Rows; row++)
                {
                    rows.Add((batch.Partitions[row], batch.Offsets[row]));
                }
            }
        }

        return [.. rows];
    }

    private static async Task<KafkaDatasetMix> OpenAsync(Setup setup, KafkaDatasetOptions options)
    {
        var datasets = new List<KafkaDataset>();
        foreach (FakePartition[] logs in setup.Topics)
        {
            datasets.Add(await new FakeEngine(logs, seed: options.DecodeWorkers ?? 0) { Topic = $"t{datasets.Count}", ChunkRecords = options.DecodeWorkers == 1 ? 500 : 37 }.OpenAsync(options));
        }

        return KafkaDatasetMix.Of(datasets, new MixOptions { Weights = setup.Weights, End = setup.End });
    }

    private static async Task<Batch[]> ReadAsync(Setup setup, BatchOptions batches, KafkaDatasetOptions options)
    {
        await using KafkaDatasetMix mix = await OpenAsync(setup, options);
        Batch[] read = await ReadAsync(mix, batches);
        Assert.All(mix.Datasets, d => ((FakeEngine)d.Engine).AssertAllReturned());
        return read;
    }

    private static async Task<Batch[]> ReadAsync(KafkaDatasetMix mix, BatchOptions options)
    {
        var batches = new List<Batch>();
        await foreach (TensorBatch batch in mix.ReadBatchesAsync(options, Token))
        {
            using (batch)
            {
                var rows = new Row[batch.Rows];
                for (int row = 0; row < rows.Length; row++)
                {
                    rows[row] = new Row(batch.Topics[row], batch.Partitions[row], batch.Offsets[row], batch.Features[row, 1]);
                    Assert.Equal(batch.Features[row, 0] / 2, batch.Features[row, 1]);
                    Assert.Equal(batch.Features[row, 0] % 2, batch.Labels[row]);
                }

                batches.Add(new Batch(rows, batch.State.ToJson()));
            }
        }

        return [.. batches];
    }

    private sealed record Setup(FakePartition[][] Topics, double[]? Weights, MixEnd End, Shuffle? Shuffle, int BatchSize)
    {
        public BatchOptions Options => new() { BatchSize = BatchSize, Shuffle = Shuffle };
    }

    private readonly record struct Row(int Topic, int Partition, long Offset, float X);

    private sealed record Batch(Row[] Rows, string State)
    {
        public bool Equals(Batch? other) => other is not null && Rows.AsSpan().SequenceEqual(other.Rows) && State == other.State;

        public override int GetHashCode() => Rows.Length;
    }
}
