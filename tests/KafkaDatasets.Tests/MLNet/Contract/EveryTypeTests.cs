using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Tests.Decoding;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Columns of every type, scalars and vectors of known and of any size, pass the suite and hold their values.</summary>
public sealed class EveryTypeTests
{
    private const int RowCount = 1500;

    [Fact]
    public async Task Every_type_keeps_the_contract()
    {
        await using KafkaDataset dataset = await OpenAsync(200, bad: 13, BadRecordPolicy.Skip);
        DataViewConformance.Check(dataset.ToDataView(new MLContext()));
    }

    [Fact]
    public async Task Every_type_is_one_of_MLNet_and_holds_its_values()
    {
        await using KafkaDataset dataset = await OpenAsync(RowCount);
        IDataView view = dataset.ToDataView(new MLContext());
        foreach (ColumnType type in Enum.GetValues<ColumnType>())
        {
            DataViewSchema.Column scalar = view.Schema[$"{type}"];
            Assert.IsNotType<VectorDataViewType>(scalar.Type);
            Assert.Equal(EveryType.Expected(type, 0).GetType(), scalar.Type == TextDataViewType.Instance ? typeof(string) : scalar.Type.RawType);
            Assert.Equal(new VectorDataViewType((PrimitiveDataViewType)scalar.Type, 2), view.Schema[$"{type}.pair"].Type);
            Assert.Equal(new VectorDataViewType((PrimitiveDataViewType)scalar.Type), view.Schema[$"{type}.list"].Type);
            List<object[]> rows = view.Read($"{type}", $"{type}.pair", $"{type}.list");
            Assert.Equal(RowCount, rows.Count);
            for (int n = 0; n < RowCount; n++)
            {
                bool isMissing = n % 11 == 10;
                Assert.Equal(EveryType.Expected(type, n), rows[n][0]);
                Assert.Equal(isMissing ? [EveryType.Expected(type, 6), EveryType.Expected(type, 6)] : [EveryType.Expected(type, n), EveryType.Expected(type, n + 1)], ((Array)rows[n][1]).Cast<object>());
                Assert.Equal(isMissing ? [] : EveryType.Items(n).Select(i => EveryType.Expected(type, i)), ((Array)rows[n][2]).Cast<object>());
            }
        }

        Assert.Equal(["zero", "one", "two"], view.Schema["Key.list"].Texts("KeyValues"));
    }

    [Fact]
    public async Task Numbers_and_Booleans_of_every_width_are_features_and_vectors_of_known_size()
    {
        ColumnType[] types = [.. Enum.GetValues<ColumnType>().Where(t => t <= ColumnType.Double)];
        string[] features = [.. types.Select(t => $"{t}"), "UInt16.pair", "Single.pair"];
        await using KafkaDataset dataset = await OpenAsync(20, features: features);
        Assert.Equal([.. types.Select(t => $"{t}"), "UInt16.pair.0", "UInt16.pair.1", "Single.pair.0", "Single.pair.1"], dataset.Features);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(dataset.Features, view.Schema["Features"].Texts("SlotNames"));
        float[] row = (float[])view.Read("Features")[3][0];
        Assert.Equal([.. types.Select(t => Convert.ToSingle(EveryType.Expected(t, 3))), 65532f, 65531f, 1f, 4 / 3f], row);

        await using KafkaDataset all = await OpenAsync(1);
        Assert.Equal([.. types.Where(t => t != ColumnType.Boolean).Select(t => $"{t}")], all.Features);
    }

    [Fact]
    public async Task What_cannot_be_a_feature_or_a_label_says_why()
    {
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(1, features: ["Single.list", "Key.pair", "TimeSpan", "Offset"], label: LabelColumn.Binary("Int8.pair")));
        Assert.Equal(5, e.Faults.Count);
        Assert.Contains(e.Faults, f => f.Contains("'Single.list' is a vector of Single with a different size in each record", StringComparison.Ordinal));
        Assert.Contains(e.Faults, f => f.Contains("'Key.pair' is a vector of 2 values of type Key", StringComparison.Ordinal));
        Assert.Contains(e.Faults, f => f.Contains("'TimeSpan'", StringComparison.Ordinal));
        Assert.Contains(e.Faults, f => f.Contains("'Offset'", StringComparison.Ordinal));
        Assert.Contains(e.Faults, f => f.Contains("'Int8.pair'", StringComparison.Ordinal));
    }

    [Fact]
    public void Blocks_that_are_put_together_keep_every_value()
    {
        var format = new EveryType();
        BlockColumn[] layout = [.. format.Schema.Columns.Select(c => new BlockColumn(c))];
        PartPlan plan = format.Plan(layout);
        RowBlock source = Filled(plan, layout);
        var whole = new RowBlock(layout);
        for (int from = 0, step = 1; from < source.Rows; from += step, step = (step * 3) % 17)
        {
            step = Math.Min(step, source.Rows - from);
            whole.Append(source, from, step, source.Rows);
        }

        Assert.Equal(source.Rows, whole.Rows);
        for (int c = 0; c < layout.Length; c++)
        {
            for (int row = 0; row < source.Rows; row++)
            {
                Assert.Equal(Values(source.Columns[c], row), Values(whole.Columns[c], row));
            }
        }
    }

    [Fact]
    public void A_block_that_is_used_again_allocates_nothing()
    {
        var format = new EveryType();
        BlockColumn[] layout = [.. format.Schema.Columns.Where(c => c.IsVector).Select(c => new BlockColumn(c))];
        var block = new RowBlock(layout);
        block.EnsureRows(200);
        ILookup<string, ColumnTarget> lookup = new PartLayout(DataPart.Value, layout).Targets;
        ColumnTarget[] numbers = [.. lookup["Int64.list"], .. lookup["Single.list"], .. lookup["UInt8.list"]];
        ColumnTarget[] texts = [.. lookup["Text.list"]];
        long before = 0;
        for (int pass = 0; pass < 3; pass++)
        {
            block.Clear();
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int row = 0; row < 200; row++)
            {
                numbers.BeginList(block);
                texts.BeginList(block);
                for (int i = 0; i < row % 30; i++)
                {
                    numbers.StoreInteger(i, block);
                    texts.StoreText("text"u8, block);
                }

                numbers.EndList(block);
                texts.EndList(block);
                block.CompleteRow(0, row, 0);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static RowBlock Filled(PartPlan plan, BlockColumn[] layout)
    {
        var block = new RowBlock(layout);
        block.EnsureRows(300);
        for (int n = 0; n < 300; n++)
        {
            string? field = null;
            plan.Decode(EveryType.Encode(n), block, ref field);
            block.CompleteRow(0, n, 0);
        }

        return block;
    }

    private static object[] Values(ColumnBuffer column, int row) => column switch
    {
        RaggedColumn lists => [.. Enumerable.Range(lists.Row(row).Start.Value, lists.Row(row).End.Value - lists.Row(row).Start.Value).SelectMany(i => Values(lists.Items, i))],
        TextColumn texts => [.. Enumerable.Range(row * texts.Width, texts.Width).Select(i => Convert.ToHexString(texts.Text(i)))],
        _ => [.. ((Array)column.GetType().GetProperty("Values")!.GetValue(column)!).Cast<object>().Skip(row * (int)column.GetType().GetProperty("Width")!.GetValue(column)!).Take((int)column.GetType().GetProperty("Width")!.GetValue(column)!)],
    };

    private static Task<KafkaDataset> OpenAsync(int rows, int bad = 0, BadRecordPolicy onBadRecord = BadRecordPolicy.Throw, IReadOnlyList<string>? features = null, LabelColumn? label = null)
    {
        IEnumerable<byte[]> values = Enumerable.Range(0, rows).Select(n => bad > 0 && n % bad == bad - 1 ? [1] : EveryType.Encode(n));
        var engine = new FakeEngine(FakePartition.Of(0, values)) { ChunkRecords = 100 };
        return engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = EveryType.Format, OnBadRecord = onBadRecord, Features = features, Label = label });
    }
}
